/*
 * Messages that stay go into files of their own, off the loop: one that comes
 * from the journal is written, one that was parked before gets notes of what
 * has changed.
 */
#include "core/process/parking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

/* When what could not be parked is to be kept, and has no time of its own. */
enum { AGAIN_SECONDS = 60 };

static struct parked_state
state_of(const struct delivery_due *d)
{
	bool is_kept = d->progress == PROGRESS_LATER && d->kept_until != 0;

	return (struct parked_state){
		.outcome = d->progress == PROGRESS_DONE     ? PARKED_DELIVERED
		           : d->progress == PROGRESS_FAILED ? PARKED_FAILED
		                                            : PARKED_WAITING,
		.is_told = d->is_told,
		.attempts = d->attempts,
		.tried = d->tried,
		.due = is_kept ? 0 : d->due,
		.keeper = is_kept ? d->keeper : VB_STR(""),
		.status = d->status,
		.remote = d->remote,
		.text = d->text,
	};
}

/* INT64_MAX: all of it is kept. */
static int64_t
first_due(const struct mail *m)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < m->n; i++) {
		const struct delivery_due *d = &m->deliveries[i];

		if (d->progress == PROGRESS_LATER && d->due < due &&
		    (d->kept_until == 0 || d->is_let_go))
			due = d->due;
	}
	return due;
}

/* It stays in memory, and where it was, until it is due; so it is not held. */
static int64_t
stay_here(struct mail *m, int error)
{
	int64_t soon = clock_wall_us() / 1000000 + AGAIN_SECONDS;
	int64_t due = first_due(m);

	if (error != ECANCELED)
		log_event(VB_ERROR, "queue", "id=%.*s cannot park: error=%s",
		    VB_FMT(m->envelope.id), strerror(error));
	m->is_held = false;
	queue_tell_asked(m, true, strerror(error));
	return due == INT64_MAX ? soon : due;
}

struct parking *
parking_create(struct queue *q, struct mail *m)
{
	struct parking *p = must_alloc(sizeof(*p));
	struct parked_state *states = arena_alloc(
	    m->arena, m->n * sizeof(*states));

	p->notes = arena_alloc(m->arena, m->n * sizeof(*p->notes));
	for (size_t i = 0; i < m->n; i++) {
		states[i] = state_of(&m->deliveries[i]);
		if (!m->deliveries[i].is_noted)
			p->notes[p->n_notes++] = (struct parked_note){ i,
				states[i] };
	}
	p->work.data = p;
	p->queue = q;
	p->mail = m;
	p->file.is = (struct parked){
		.envelope = m->envelope,
		.states = states,
		.at = m->source.at,
		.is_held = m->is_held,
	};
	q->parking++;
	map_add(&q->busy, &p->busy, m->envelope.id);
	return p;
}

/* Whoever is told to stop does not wait for many thousand files: what is in the
   journal is safe there, and in a file that is there only another attempt would
   be noted. */
bool
parking_is_needless(const struct parking *p)
{
	if (!p->queue->is_stopping || p->file.is.is_held)
		return false;
	for (size_t i = 0; i < p->n_notes; i++)
		if (parking_must_last(&p->notes[i]))
			return false;
	return true;
}

void
parking_is_over(struct parking *p)
{
	struct queue *q = p->queue;
	struct mail *m = p->mail;
	int64_t due;

	q->parking--;
	map_remove(&q->busy, &p->busy);
	due = p->file.error == 0 ? first_due(m) : stay_here(m, p->file.error);
	queue_schedule(q, m->envelope.id, m->is_held ? INT64_MAX : due);
	if (p->file.error == 0) {
		queue_tell_asked(m, false, "is held");
		queue_forget(q, m);
	}
	free(p);
	queue_ask_again(q);
	queue_unpark_due(q); /* there is room for another */
}

void
queue_park(struct queue *q, struct mail *m)
{
	struct parking *p = parking_create(q, m);

	if (m->source.kind == SOURCE_PARKED)
		parking_change(p);
	else
		parking_write(p);
}
