/*
 * What is new about a message goes into its file, off the loop. Notes of what
 * cannot be found out again (a server of others has it) do not wait for the
 * other recipients.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/parking.h"

/* What was delivered to others, or told, must not be forgotten: they would get
   it again. */
bool
parking_must_last(const struct parked_note *note)
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

		sync = sync || parking_must_last(note);
		if (!parked_note(p->queue->parked_dir, p->mail->envelope.id,
			note, sync && i + 1 == p->n_notes))
			return false;
	}
	return true;
}

/* In a file that is there only another attempt may be to be noted. */
static void
change(uv_work_t *work)
{
	struct parking *p = work->data;
	const struct parked *file = &p->file.is;
	bool ok;

	if (parking_is_needless(p)) {
		p->file.error = ECANCELED;
		return;
	}
	ok = add_notes(p) &&
	     (!file->is_held ||
		 parked_hold(p->queue->parked_dir, file->envelope.id, true,
		     clock_wall_us() / 1000000));
	if (!ok)
		p->file.error = errno == 0 ? EIO : errno;
}

static void
is_changed(uv_work_t *work, int status)
{
	(void)status;
	parking_is_over(work->data);
}

void
parking_change(struct parking *p)
{
	uv_queue_work(p->queue->loop, &p->work, change, is_changed);
}

static void
note(uv_work_t *work)
{
	struct parking *p = work->data;

	if (!add_notes(p))
		p->file.error = errno == 0 ? EIO : errno;
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
	if (p->file.error != 0)
		log_event(VB_ERROR, "queue",
		    "id=%.*s may be delivered again: error=%s",
		    VB_FMT(m->envelope.id), strerror(p->file.error));
	for (size_t i = 0; i < p->n_notes && p->file.error == 0; i++)
		m->deliveries[p->notes[i].number].is_noted = true;
	if (p->file.error == 0 && mail_has_others(m) && has_more(m))
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
	p = parking_create(q, m);
	uv_queue_work(q->loop, &p->work, note, is_noted);
}
