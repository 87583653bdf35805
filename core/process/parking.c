/*
 * Messages that stay go into files of their own, off the loop: one that comes
 * from the journal is written, one that was parked before gets notes of what
 * has changed. Only then does the journal forget it, and only when it has is
 * the message to be had again: it would be sent from there once more, should we
 * die when its file is gone.
 *
 * Notes of what cannot be found out again (a server of others has it) do not
 * wait for the other recipients.
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

/* When what could not be parked is to be kept, and has no time of its own. */
enum { AGAIN_SECONDS = 60 };

/* One message on its way to its file. */
struct parking {
	uv_work_t work;
	struct queue *queue;
	struct mail *mail;
	struct map_node busy;
	struct parked parked;
	struct parked_note *notes; /* what its file does not tell yet */
	size_t n_notes;
	char source[4096];
	int error;
};

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

/* What was delivered to others, or told, must not be forgotten: they would get
   it again. */
static bool
must_last(const struct parked_note *note)
{
	return note->state.outcome != PARKED_WAITING || note->state.is_told;
}

/* The last sync is for all. */
static bool
add_notes(const struct parking *p)
{
	bool sync = false;

	for (size_t i = 0; i < p->n_notes; i++) {
		const struct parked_note *note = &p->notes[i];

		sync = sync || must_last(note);
		if (!parked_note(p->queue->parked_dir, p->mail->envelope.id,
			note, sync && i + 1 == p->n_notes))
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

/* Whoever is told to stop does not wait for many thousand files: what is in the
   journal is safe there, and in a file that is there only another attempt would
   be noted. */
static bool
is_needless(const struct parking *p)
{
	if (!p->queue->is_stopping || p->parked.is_held)
		return false;
	for (size_t i = 0; i < p->n_notes; i++)
		if (must_last(&p->notes[i]))
			return false;
	return true;
}

static void
park(uv_work_t *work)
{
	struct parking *p = work->data;
	bool ok;

	if (is_needless(p)) {
		p->error = ECANCELED;
		return;
	}
	ok = p->mail->source.kind == SOURCE_PARKED ? change_file(p)
	                                           : write_file(p);
	if (!ok && p->error == 0)
		p->error = errno == 0 ? EIO : errno;
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

static void
is_over(struct parking *p)
{
	struct queue *q = p->queue;
	struct mail *m = p->mail;
	int64_t due;

	q->parking--;
	map_remove(&q->busy, &p->busy);
	due = p->error == 0 ? first_due(m) : stay_here(m, p->error);
	if (!m->is_held && due != INT64_MAX)
		schedule_add(&q->schedule, m->envelope.id, due);
	if (p->error == 0) {
		queue_tell_asked(m, false, "is held");
		queue_forget(q, m);
	}
	free(p);
	queue_ask_again(q);
	queue_unpark_due(q); /* there is room for another */
}

static void
has_left_journal(void *data)
{
	struct parking *p = data;

	if (p->mail->source.kind == SOURCE_LARGE)
		unlinkat(p->queue->large_dir, mail_name(p->mail), 0);
	is_over(p);
}

static void
is_parked(uv_work_t *work, int status)
{
	struct parking *p = work->data;

	(void)status;
	if (p->error != 0 || p->mail->source.kind == SOURCE_PARKED)
		is_over(p);
	else
		queue_mark_done(p->queue, p->mail, has_left_journal, p);
}

static struct parking *
create(struct queue *q, struct mail *m)
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
	p->parked = (struct parked){
		.envelope = m->envelope,
		.states = states,
		.at = m->source.at,
		.is_held = m->is_held,
	};
	q->parking++;
	map_add(&q->busy, &p->busy, m->envelope.id);
	return p;
}

void
queue_park(struct queue *q, struct mail *m)
{
	struct parking *p = create(q, m);

	snprintf(p->source, sizeof(p->source), "%s/%.*s",
	    q->g->top.process.state_dir.name, VB_FMT(mail_file(m, m->arena)));
	uv_queue_work(q->loop, &p->work, park, is_parked);
}

static void
note(uv_work_t *work)
{
	struct parking *p = work->data;

	if (!add_notes(p))
		p->error = errno == 0 ? EIO : errno;
}

/* Is there anything more to be noted by now? */
static bool
has_more(const struct mail *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_DONE &&
		    !m->deliveries[i].is_noted)
			return true;
	return false;
}

static void
is_noted(uv_work_t *work, int status)
{
	struct parking *p = work->data;
	struct queue *q = p->queue;
	struct mail *m = p->mail;

	(void)status;
	q->parking--;
	map_remove(&q->busy, &p->busy);
	m->is_noting = false;
	if (p->error != 0)
		log_event(VB_ERROR, "queue",
		    "id=%.*s may be delivered again: error=%s",
		    VB_FMT(m->envelope.id), strerror(p->error));
	for (size_t i = 0; i < p->n_notes && p->error == 0; i++)
		m->deliveries[p->notes[i].number].is_noted = true;
	if (p->error == 0 && m->n_open > 1 && has_more(m))
		queue_note(q, m);
	free(p);
	queue_ask_again(q);
	queue_close_one(q, m);
	queue_turn(q);
}

void
queue_note(struct queue *q, struct mail *m)
{
	struct parking *p;

	if (m->is_noting)
		return;
	m->is_noting = true;
	m->n_open++;
	p = create(q, m);
	uv_queue_work(q->loop, &p->work, note, is_noted);
}
