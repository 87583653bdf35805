/*
 * A message is removed, and nobody told but the one who asked.
 *
 * What is in the journal is removed by a mark, which is synced. What is in a
 * file of the queue is removed by unlink(2), synced; and before that by a mark
 * as well, where the one that was written when it left the journal may not be
 * yet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/process/asked.h"

struct removal {
	struct queue *queue;
	struct mail *mail;   /* NULL: it is in its file alone */
	struct asked *asked; /* then, who asked */
	struct map_node busy;
	char id[RECORD_ID];
	uv_work_t work;
	int error;
};

/* It stays, and goes on as if nothing had been asked. */
static void
stay(struct queue *q, struct mail *m, const char *why)
{
	m->is_removed = false;
	asked_end_all(m, EXIT_FAILURE, why);
	m->n_open++;
	queue_close_one(q, m);
}

static void
end(struct removal *r)
{
	struct queue *q = r->queue;
	struct mail *m = r->mail;
	const char *said = r->error == 0 ? "is removed" : strerror(r->error);

	log_event(r->error == 0 ? VB_NOTICE : VB_ERROR,
	    r->error == 0 ? "removed" : "not-removed", "id=%s%s%s", r->id,
	    r->error == 0 ? "" : " error=", r->error == 0 ? "" : said);
	q->parking--;
	map_remove(&q->busy, &r->busy);
	if (r->error == 0) {
		schedule_remove(&q->schedule, vb_str(r->id));
		kept_forget(&q->kept, vb_str(r->id));
	}
	if (m == NULL) {
		asked_end(r->asked, r->error == 0 ? EXIT_SUCCESS : EXIT_FAILURE,
		    "%s", said);
	} else if (r->error == 0) {
		asked_end_all(m, EXIT_SUCCESS, said);
		queue_forget(q, m);
	} else {
		stay(q, m, said);
	}
	free(r);
	queue_ask_again(q);
	queue_turn(q);
}

static void
remove_file(uv_work_t *work)
{
	struct removal *r = work->data;

	if (!parked_remove(r->queue->parked_dir, vb_str(r->id), true))
		r->error = errno;
}

static void
removed_file(uv_work_t *work, int status)
{
	(void)status;
	end(work->data);
}

/* It is removed all the same, but for a power cut. */
static void
marked_parked(void *data, int error)
{
	struct removal *r = data;

	if (error != 0)
		queue_log_unmarked(vb_str(r->id), error);
	uv_queue_work(r->queue->loop, &r->work, remove_file, removed_file);
}

static void
marked(void *data, int error)
{
	struct removal *r = data;

	r->error = error;
	if (error == 0 && r->mail->source.kind == SOURCE_LARGE)
		unlinkat(r->queue->large_dir, mail_name(r->mail), 0);
	end(r);
}

/* The id is one of a message, and so has room. */
static void
begin(struct removal *r, struct queue *q, struct vb_str id, bool is_parked)
{
	r->queue = q;
	r->work.data = r;
	memcpy(r->id, id.p, id.n < RECORD_ID ? id.n : RECORD_ID - 1);
	q->parking++;
	map_add(&q->busy, &r->busy, vb_str(r->id));
	if (is_parked)
		queue_mark_parked(q, vb_str(r->id), marked_parked, r);
	else
		queue_mark_done(q, vb_str(r->id), marked, r);
}

void
asked_remove_file(struct asked *a)
{
	struct removal *r = must_alloc(sizeof(*r));

	r->asked = a;
	begin(r, a->queue, vb_str(a->name), true);
}

void
queue_remove(struct queue *q, struct mail *m)
{
	struct removal *r = must_alloc(sizeof(*r));

	r->mail = m;
	begin(r, q, m->envelope.id, m->source.kind == SOURCE_PARKED);
}
