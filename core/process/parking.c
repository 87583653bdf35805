/*
 * Messages that stay go into files of their own, off the loop: one that comes
 * from the journal is written, one that was parked before gets notes of what
 * has changed. Only then does the journal forget it.
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
