/*
 * Parked messages come back when they are due: their files are read off the
 * loop, some at a time. One that could not be parked is still in memory, and
 * is only begun again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/keeping.h"

/* Messages being read at one time; and when to read again what the disk did not
   give us. */
enum { READING_MOST = 32, AGAIN_SECONDS = 10 };

/* One message on its way back into memory. */
struct unparking {
	uv_work_t work;
	struct queue *queue;
	struct arena *arena;
	struct map_node busy;
	char id[SCHEDULE_ID];
	bool is_first; /* DUE_FIRST */
	struct parked parked;
	const char *problem;
	int error;
};

static void
unpark(uv_work_t *work)
{
	struct unparking *u = work->data;

	u->problem = parked_read(
	    u->queue->parked_dir, vb_str(u->id), u->arena, &u->parked);
	u->error = errno;
}

static void
set_state(struct delivery_due *d, const struct parked_state *s)
{
	static const enum progress progress[] = {
		[PARKED_WAITING] = PROGRESS_READY,
		[PARKED_DELIVERED] = PROGRESS_DONE,
		[PARKED_FAILED] = PROGRESS_FAILED,
	};

	d->progress = progress[s->outcome];
	d->is_told = s->is_told;
	d->is_noted = true;
	d->attempts = s->attempts;
	d->tried = s->tried;
	d->due = s->due;
	d->status = s->status;
	d->remote = s->remote;
	d->text = s->text;
	d->keeper = s->keeper;
	if (d->progress == PROGRESS_FAILED && s->is_told)
		d->progress = PROGRESS_DONE;
}

static void
count(struct mail *m)
{
	m->n_open = m->n_later = m->n_failed = 0;
	for (size_t i = 0; i < m->n; i++) {
		m->n_later += m->deliveries[i].progress == PROGRESS_LATER;
		m->n_open += m->deliveries[i].progress == PROGRESS_READY;
		m->n_failed += m->deliveries[i].progress == PROGRESS_FAILED;
	}
}

/* One recipient waits for its time, and another for its domain to ask: the file
   may have been read for either, and the time is no longer to be waited for. */
static bool
is_mixed(const struct parked *p)
{
	bool has_kept = false, has_due = false;

	for (size_t i = 0; i < p->envelope.n_recipients; i++)
		if (p->states[i].outcome == PARKED_WAITING) {
			has_kept = has_kept || p->states[i].keeper.n > 0;
			has_due = has_due || p->states[i].keeper.n == 0;
		}
	return has_kept && has_due;
}

/* It is read for who collects it: whose time has not come is not tried. */
static void
leave_others(struct mail *m, const struct parked *p)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_READY &&
		    p->states[i].keeper.n == 0)
			m->deliveries[i].progress = PROGRESS_LATER;
}

static void
bring_back(struct queue *q, struct unparking *u)
{
	struct mail *m = mail_create(
	    u->arena, &u->parked.envelope, q->g->sites);

	m->source = (struct source){ .kind = SOURCE_PARKED,
		.at = u->parked.at };
	m->is_held = u->parked.is_held;
	for (size_t i = 0; i < m->n; i++)
		set_state(&m->deliveries[i], &u->parked.states[i]);
	if (queue_is_wanted(q, m->envelope.id))
		leave_others(m, &u->parked);
	count(m);
	if (is_mixed(&u->parked))
		schedule_remove(&q->schedule, m->envelope.id);
	queue_arrived(q, m, true);
}

/* What is not in order stays for somebody to look at. */
static void
stays(struct queue *q, const struct unparking *u)
{
	if (u->problem == NULL || u->error == ENOENT)
		return;
	log_event(VB_ERROR, "queue", "%s", u->problem);
	if (u->error != EBADMSG)
		queue_schedule(q, vb_str(u->id),
		    clock_wall_us() / 1000000 + AGAIN_SECONDS);
}

static void
unparked(uv_work_t *work, int status)
{
	struct unparking *u = work->data;
	struct queue *q = u->queue;

	(void)status;
	q->parking--;
	q->reading--;
	q->rereading -= u->is_first;
	map_remove(&q->busy, &u->busy);
	if (u->problem == NULL && !u->parked.is_held) {
		bring_back(q, u);
	} else {
		stays(q, u);
		kept_forget(&q->kept, vb_str(u->id));
		arena_destroy(u->arena);
	}
	queue_was_read(q, vb_str(u->id));
	free(u);
	queue_ask_again(q);
	queue_unpark_due(q);
}

/* Some messages could not be written to a file: they wait in memory. */
static bool
is_here(struct queue *q, const struct scheduled *next)
{
	struct mail *m = (struct mail *)map_find(&q->mails, vb_str(next->id));

	if (m == NULL)
		return false;
	if (m->n_open > 0 || m->n_later == 0)
		return true;
	m->n_open = m->n_later + 1;
	m->n_later = 0;
	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_LATER)
			queue_enter(q, &m->deliveries[i], false);
	queue_close_one(q, m);
	return true;
}

/* Its file is being changed: a little later, then. */
static bool
is_busy(struct queue *q, const struct scheduled *next, int64_t now)
{
	if (map_find(&q->busy, vb_str(next->id)) == NULL)
		return false;
	queue_schedule(q, vb_str(next->id), now + 1);
	return true;
}

static void
begin(struct queue *q, struct vb_str id, bool is_first)
{
	struct unparking *u = must_alloc(sizeof(*u));

	u->work.data = u;
	u->queue = q;
	u->arena = arena_create();
	u->is_first = is_first;
	memcpy(u->id, id.p, id.n);
	map_add(&q->busy, &u->busy, vb_str(u->id));
	queue_know(q, vb_str(u->id));
	q->parking++;
	q->reading++;
	q->rereading += u->is_first;
	uv_queue_work(q->loop, &u->work, unpark, unparked);
}

void
queue_unpark(struct queue *q, struct vb_str id)
{
	begin(q, id, false);
}

void
queue_unpark_due(struct queue *q)
{
	int64_t now = clock_wall_us() / 1000000;
	struct scheduled next;

	while (!q->is_stopping && q->reading < READING_MOST &&
	       q->mails.n < QUEUE_MOST &&
	       schedule_take(&q->schedule, now, &next)) {
		if (!is_busy(q, &next, now) && !is_here(q, &next))
			begin(q, vb_str(next.id), next.due == DUE_FIRST);
	}
	queue_turn(q);
}
