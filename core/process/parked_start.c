/*
 * After a start the queue looks for what is parked: slice by slice and off the
 * loop, so that work goes on meanwhile. What is parked meanwhile may be found,
 * too, and is known already. A directory that cannot be read is tried again
 * until it can.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/queue.h"

/* How many names are read at once, and when to try again. */
enum { WALK = 1024, AGAIN_MS = 10 * 1000 };

struct walking {
	uv_work_t work;
	uv_timer_t later;
	struct queue *queue;
	struct parked_walk *walk;
	struct parked_entry entries[WALK];
	ptrdiff_t n;
	int error;
	bool is_again;
	size_t all;
	int64_t began;
	struct map known;    /* ids that others knew since it began */
	struct arena *arena; /* for these */
};

struct known {
	struct map_node by_id;
	char id[SCHEDULE_ID];
};

void
queue_know(struct queue *q, struct vb_str id)
{
	struct walking *w = q->walking;
	struct known *known;

	if (w == NULL || map_find(&w->known, id) != NULL)
		return;
	known = arena_alloc(w->arena, sizeof(*known));
	memcpy(known->id, id.p, id.n);
	map_add(&w->known, &known->by_id, vb_str(known->id));
}

void
queue_schedule(struct queue *q, struct vb_str id, int64_t due)
{
	if (due != INT64_MAX)
		schedule_add(&q->schedule, id, due);
	queue_know(q, id);
}

static void
walk(uv_work_t *work)
{
	struct walking *w = work->data;

	w->n = parked_walk_next(w->walk, w->entries, WALK);
	w->error = errno;
}

/* It was parked or read since the walk began, or is in memory. What was found
   in a directory before that could not be read on is found twice. */
static bool
is_known(struct walking *w, struct vb_str id)
{
	struct queue *q = w->queue;

	if (map_find(&w->known, id) != NULL || map_find(&q->mails, id) != NULL)
		return true;
	if (w->is_again)
		schedule_remove(&q->schedule, id);
	return false;
}

/* When it is to be read. What is kept comes first: until it is in queue.kept,
   nobody can be told how much there is. */
static int64_t
due(const struct queue *q, const struct parked_entry *entry)
{
	if (entry->is_kept)
		return DUE_FIRST;
	return q->is_flushed ? 0 : entry->due;
}

static void
add(struct walking *w)
{
	struct queue *q = w->queue;

	for (ptrdiff_t i = 0; i < w->n; i++) {
		struct vb_str id = vb_str(w->entries[i].id);

		if (w->entries[i].is_held || is_known(w, id))
			continue;
		schedule_add(&q->schedule, id, due(q, &w->entries[i]));
		w->all++;
	}
	if (w->n < 0)
		log_event(VB_ERROR, "queue",
		    "what is parked cannot all be read: error=%s",
		    strerror(w->error));
	queue_unpark_due(q);
}

static void
closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void walked(uv_work_t *work, int status);

static void
go_on(struct walking *w)
{
	w->queue->parking++;
	uv_queue_work(w->queue->loop, &w->work, walk, walked);
}

static void
again(uv_timer_t *timer)
{
	go_on(timer->data);
}

static void
end(struct walking *w)
{
	if (w->all > 0)
		log_event(VB_NOTICE, "queue", "parked=%zu read-in=%lldms",
		    w->all, (long long)(clock_steady_ms() - w->began));
	w->queue->walking = NULL;
	map_finish(&w->known);
	arena_destroy(w->arena);
	parked_walk_destroy(w->walk);
	uv_close((uv_handle_t *)&w->later, closed);
}

static void
walked(uv_work_t *work, int status)
{
	struct walking *w = work->data;
	struct queue *q = w->queue;

	(void)status;
	add(w);
	q->parking--;
	if (q->is_stopping) {
		end(w);
	} else if (w->n != 0) {
		go_on(w);
	} else if (parked_walk_again(w->walk)) {
		w->is_again = true;
		uv_timer_start(&w->later, again, AGAIN_MS, 0);
	} else {
		end(w);
	}
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
	w->arena = arena_create();
	w->began = clock_steady_ms();
	uv_timer_init(q->loop, &w->later);
	w->later.data = w;
	q->walking = w;
	go_on(w);
	return true;
}
