/*
 * A parked message with which nothing is left to do: its file goes, off the
 * loop, and not before the journal does not have it any more. Where what was
 * done cannot be found out again the file must not be back after a power cut.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/process/queue.h"

struct ending {
	uv_work_t work;
	struct queue *queue;
	struct mail *mail;
	struct map_node busy;
	int error;
};

static void
remove_file(uv_work_t *work)
{
	struct ending *e = work->data;

	if (!parked_remove(
		e->queue->parked_dir, e->mail->envelope.id, e->mail->must_last))
		e->error = errno;
}

static void
removed(uv_work_t *work, int status)
{
	struct ending *e = work->data;
	struct queue *q = e->queue;

	(void)status;
	q->parking--;
	map_remove(&q->busy, &e->busy);
	if (e->error != 0)
		log_event(VB_ERROR, "queue",
		    "id=%.*s may be delivered again: cannot remove: error=%s",
		    VB_FMT(e->mail->envelope.id), strerror(e->error));
	queue_forget(q, e->mail);
	free(e);
	queue_ask_again(q);
	queue_unpark_due(q);
}

static void
marked(void *data, int error)
{
	struct ending *e = data;

	if (error != 0)
		queue_log_unmarked(e->mail->envelope.id, error);
	uv_queue_work(e->queue->loop, &e->work, remove_file, removed);
}

void
queue_end_parked(struct queue *q, struct mail *m)
{
	struct ending *e = must_alloc(sizeof(*e));

	e->work.data = e;
	e->queue = q;
	e->mail = m;
	q->parking++;
	map_add(&q->busy, &e->busy, m->envelope.id);
	queue_mark_parked(q, m->envelope.id, marked, e);
}
