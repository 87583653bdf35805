/*
 * What the journal is told is done, so that it is not done again from there.
 *
 * A message that is parked may still be in the journal, where the queue before
 * us had no time to mark it, or has its mark on the way. It is known by its
 * file then; when that goes, the journal must have been told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/process/queue.h"

struct marking {
	struct queue *queue;
	queue_marked *then; /* NULL: nobody waits for it */
	void *data;
	struct buffer head;
	char id[RECORD_ID];
	struct journal_entry entry;
};

void
queue_log_unmarked(struct vb_str id, int error)
{
	log_event(VB_ERROR, "journal",
	    "id=%.*s may be delivered again: error=%s", VB_FMT(id),
	    strerror(error));
}

static void
marked(void *data, enum journal_result result, int error,
    struct journal_place place)
{
	struct marking *marking = data;

	(void)place;
	if (result == JOURNAL_DURABLE)
		error = 0;
	else if (error == 0)
		error = EIO;
	marking->queue->marks_ended++;
	queue_turn(marking->queue);
	if (marking->then != NULL)
		marking->then(marking->data, error);
	else if (error != 0)
		queue_log_unmarked(marking->entry.id, error);
	buffer_finish(&marking->head);
	free(marking);
}

static void
mark(struct marking *marking, struct queue *q, struct vb_str id, bool is_lax)
{
	size_t n = id.n < RECORD_ID ? id.n : RECORD_ID;

	q->marks++;
	marking->queue = q;
	memcpy(marking->id, id.p, n);
	marking->entry = (struct journal_entry){
		.type = RECORD_DONE,
		.id = { marking->id, n },
		.head = buffer_str(&marking->head),
		.is_lax = is_lax,
	};
	journal_append(q->journal, &marking->entry, marked, marking);
}

void
queue_mark(struct queue *q, const struct mail *m, const unsigned *numbers,
    size_t n, bool is_lax)
{
	struct marking *marking = must_alloc(sizeof(*marking));

	mark_pack(&marking->head, numbers, n);
	mark(marking, q, m->envelope.id, is_lax);
}

void
queue_mark_done(
    struct queue *q, struct vb_str id, queue_marked *then, void *data)
{
	struct marking *marking = must_alloc(sizeof(*marking));

	marking->then = then;
	marking->data = data;
	mark_pack(&marking->head, NULL, 0);
	mark(marking, q, id, false);
}

static void
made_up(void *data, int error)
{
	struct queue *q = data;

	if (error == 0) /* or else whatever is parked is marked when it goes */
		q->making_up--;
}

void
queue_make_up(struct queue *q, struct vb_str id)
{
	q->making_up++;
	queue_mark_done(q, id, made_up, q);
}

void
queue_mark_parked(
    struct queue *q, struct vb_str id, queue_marked *then, void *data)
{
	if (!q->intray.has_marks && q->making_up == 0) {
		then(data, 0);
		return;
	}
	if (q->intray.has_marks) /* and may be about to read it */
		marks_add(&q->intray.marks, id, VB_STR(""));
	queue_mark_done(q, id, then, data);
}
