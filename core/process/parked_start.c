/*
 * After a start the queue looks for what is parked: slice by slice and off the
 * loop, so that work goes on meanwhile.
 */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/queue.h"

/* How many names are read at once. */
enum { WALK = 1024 };

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
