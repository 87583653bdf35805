/*
 * Messages that stay, in files of their own. Files are written and read off the
 * loop, a message at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/queue.h"

/* Messages being read at one time, and how many names are read at once. */
enum { READING_MOST = 32, WALK = 1024 };

/* One message on its way to its file. */
struct parking {
	uv_work_t work;
	struct queue *queue;
	struct mail *mail;
	struct map_node busy;
	struct parked parked;
	unsigned flushes; /* when it began */
	char source[4096];
	int error;
};

static struct parked_state
state_of(const struct delivery_due *d)
{
	return (struct parked_state){
		.outcome = d->progress == PROGRESS_DONE     ? PARKED_DELIVERED
		           : d->progress == PROGRESS_FAILED ? PARKED_FAILED
		                                            : PARKED_WAITING,
		.is_told = d->is_told,
		.attempts = d->attempts,
		.tried = d->tried,
		.due = d->due,
		.status = d->status,
		.remote = d->remote,
		.text = d->text,
	};
}

static int64_t
first_due(const struct mail *m)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_LATER &&
		    m->deliveries[i].due < due)
			due = m->deliveries[i].due;
	return due;
}

/* As it was; durable when it returns. */
static bool
write_file(struct parking *p)
{
	int source = open(p->source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool ok;

	if (source < 0)
		return false;
	ok = parked_write(p->queue->parked_dir, &p->parked, source) ||
	     errno == EEXIST;
	p->error = ok ? 0 : errno;
	close(source);
	return ok;
}

/* What has changed since it was read. What was delivered to others must not be
   forgotten: they would get it again. */
static bool
add_notes(const struct parking *p)
{
	const struct mail *m = p->mail;

	for (size_t i = 0; i < m->n; i++) {
		const struct delivery_due *d = &m->deliveries[i];
		const struct parked_note note = { i, p->parked.states[i] };

		if (!d->is_noted &&
		    !parked_note(p->queue->parked_dir, m->envelope.id, &note,
			d->progress == PROGRESS_DONE))
			return false;
	}
	return true;
}

static bool
change_file(const struct parking *p)
{
	return add_notes(p) &&
	       (!p->parked.is_held ||
		   parked_hold(p->queue->parked_dir, p->mail->envelope.id, true,
		       clock_wall_us() / 1000000));
}

static void
park(uv_work_t *work)
{
	struct parking *p = work->data;
	bool ok = p->mail->source.kind == SOURCE_PARKED ? change_file(p)
	                                                : write_file(p);

	if (!ok && p->error == 0)
		p->error = errno == 0 ? EIO : errno;
}

/* The journal need not keep it any more. */
static void
leave_journal(struct queue *q, struct mail *m)
{
	if (m->source.kind == SOURCE_PARKED)
		return;
	queue_mark(q, m, NULL, 0, true);
	if (m->source.kind == SOURCE_LARGE)
		unlinkat(q->large_dir, mail_name(m), 0);
}

/* It stays in memory, and where it was, until it is due; so it is not held. */
static void
stay_here(struct mail *m, int error)
{
	log_event(VB_ERROR, "queue", "id=%.*s cannot park: error=%s",
	    VB_FMT(m->envelope.id), strerror(error));
	m->is_held = false;
	queue_tell_asked(m, true, strerror(error));
}

static void
is_parked(uv_work_t *work, int status)
{
	struct parking *p = work->data;
	struct queue *q = p->queue;
	struct mail *m = p->mail;

	(void)status;
	q->parking--;
	map_remove(&q->busy, &p->busy);
	if (p->error != 0)
		stay_here(m, p->error);
	if (!m->is_held)
		schedule_add(&q->schedule, m->envelope.id,
		    p->flushes == q->flushes ? first_due(m) : 0);
	if (p->error == 0) {
		leave_journal(q, m);
		queue_tell_asked(m, false, "is held");
		queue_forget(q, m);
	}
	free(p);
	queue_ask_again(q);
	queue_turn(q);
}

void
queue_park(struct queue *q, struct mail *m)
{
	struct parking *p = must_alloc(sizeof(*p));
	struct parked_state *states = arena_alloc(
	    m->arena, m->n * sizeof(*states));

	for (size_t i = 0; i < m->n; i++)
		states[i] = state_of(&m->deliveries[i]);
	p->work.data = p;
	p->queue = q;
	p->mail = m;
	p->parked = (struct parked){
		.envelope = m->envelope,
		.states = states,
		.at = m->source.at,
		.is_held = m->is_held,
	};
	snprintf(p->source, sizeof(p->source), "%s/%.*s",
	    q->g->top.process.state_dir.name, VB_FMT(mail_file(m, m->arena)));
	p->flushes = q->flushes;
	q->parking++;
	map_add(&q->busy, &p->busy, m->envelope.id);
	uv_queue_work(q->loop, &p->work, park, is_parked);
}

/* One message on its way back into memory. */
struct unparking {
	uv_work_t work;
	struct queue *queue;
	struct arena *arena;
	struct map_node busy;
	char id[SCHEDULE_ID];
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
	if (d->progress == PROGRESS_FAILED && s->is_told)
		d->progress = PROGRESS_DONE;
}

static void
count(struct mail *m)
{
	m->n_open = m->n_later = m->n_failed = 0;
	for (size_t i = 0; i < m->n; i++) {
		m->n_open += m->deliveries[i].progress == PROGRESS_READY;
		m->n_failed += m->deliveries[i].progress == PROGRESS_FAILED;
	}
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
	count(m);
	queue_arrived(q, m, true);
}

static void
unparked(uv_work_t *work, int status)
{
	struct unparking *u = work->data;
	struct queue *q = u->queue;

	(void)status;
	q->parking--;
	map_remove(&q->busy, &u->busy);
	if (u->problem == NULL && !u->parked.is_held) {
		bring_back(q, u);
	} else {
		if (u->problem != NULL && u->error != ENOENT)
			log_event(VB_ERROR, "queue", "%s", u->problem);
		arena_destroy(u->arena);
	}
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
	schedule_add(&q->schedule, vb_str(next->id), now + 1);
	return true;
}

void
queue_unpark_due(struct queue *q)
{
	int64_t now = clock_wall_us() / 1000000;
	struct scheduled next;

	while (!q->is_stopping && q->parking < READING_MOST &&
	       q->mails.n < QUEUE_MOST &&
	       schedule_take(&q->schedule, now, &next)) {
		struct unparking *u;

		if (is_busy(q, &next, now) || is_here(q, &next))
			continue;
		u = must_alloc(sizeof(*u));
		u->work.data = u;
		u->queue = q;
		u->arena = arena_create();
		memcpy(u->id, next.id, sizeof(u->id));
		map_add(&q->busy, &u->busy, vb_str(u->id));
		q->parking++;
		uv_queue_work(q->loop, &u->work, unpark, unparked);
	}
	queue_turn(q);
}

/* Looking, after a start, for what is parked: slice by slice, so that work goes
   on meanwhile. */
struct walking {
	uv_work_t work;
	struct queue *queue;
	struct parked_walk *walk;
	struct parked_entry entries[WALK];
	ptrdiff_t n;
	size_t all;
	int64_t began;
};

static void
walk(uv_work_t *work)
{
	struct walking *w = work->data;

	w->n = parked_walk_next(w->walk, w->entries, WALK);
}

static void
walked(uv_work_t *work, int status)
{
	struct walking *w = work->data;
	struct queue *q = w->queue;

	(void)status;
	for (ptrdiff_t i = 0; i < w->n; i++)
		if (!w->entries[i].is_held)
			schedule_add(&q->schedule, vb_str(w->entries[i].id),
			    q->flushes > 0 ? 0 : w->entries[i].due);
	w->all += w->n > 0 ? (size_t)w->n : 0;
	queue_unpark_due(q);
	if (w->n != 0 && !q->is_stopping) {
		uv_queue_work(q->loop, &w->work, walk, walked);
		return;
	}
	if (w->all > 0)
		log_event(VB_NOTICE, "queue", "parked=%zu read-in=%lldms",
		    w->all, (long long)(clock_steady_ms() - w->began));
	q->parking--;
	parked_walk_destroy(w->walk);
	free(w);
	queue_turn(q);
}

bool
queue_parked_open(struct queue *q)
{
	struct walking *w;

	if (!parked_prepare(q->parked_dir))
		return false;
	w = must_alloc(sizeof(*w));
	w->work.data = w;
	w->queue = q;
	w->walk = parked_walk_create(q->parked_dir);
	w->began = clock_steady_ms();
	if (w->walk == NULL) {
		free(w);
		return false;
	}
	q->parking++;
	uv_queue_work(q->loop, &w->work, walk, walked);
	return true;
}
