/*
 * Hold, release, remove: what is asked about one message.
 *
 * What is under way to a recipient is not broken off: it ends as it ends, and
 * only then is the message held or removed. What has not begun does not begin.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/process/asked.h"

static struct mail *
find(const struct asked *a)
{
	return (struct mail *)map_find(&a->queue->mails, vb_str(a->name));
}

/* True: its file is being worked on; it will be begun again. */
static bool
must_wait(struct asked *a)
{
	if (map_find(&a->queue->busy, vb_str(a->name)) == NULL)
		return false;
	asked_defer(a);
	return true;
}

/* False: there is no such file, and that was told. */
static bool
has_file(struct asked *a)
{
	char path[PARKED_PATH_SIZE];
	struct stat st;

	if (parked_path(vb_str(a->name), path) &&
	    fstatat(a->queue->parked_dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (a->queue->mails.n >= QUEUE_MOST)
		asked_end(a, EXIT_FAILURE,
		    "no such message in files or memory; more are in the "
		    "journal");
	else
		asked_end(a, EXIT_FAILURE, "no such message");
	return false;
}

void
queue_put_aside(struct queue *q, struct delivery_due *d)
{
	d->progress = PROGRESS_LATER;
	d->mail->n_later++;
	queue_close_one(q, d->mail);
}

/* Whoever asked hears when it is over: the message may be gone when this
   returns. */
static void
stop_deliveries(struct asked *a, struct mail *m)
{
	struct queue *q = a->queue;

	a->next = m->asked;
	m->asked = a;
	m->n_open++;
	for (size_t i = 0; i < m->n; i++) {
		struct delivery_due *d = &m->deliveries[i];

		if (d->progress == PROGRESS_READY && d->lane != NULL &&
		    lanes_drop(d))
			queue_put_aside(q, d);
	}
	if (m->n_open > 1)
		asked_say(a, "a delivery is under way; waiting for its end");
	queue_close_one(q, m);
}

/* In its file, off the loop. */
static void
work_on_file(
    struct asked *a, void (*work)(uv_work_t *), void (*done)(uv_work_t *, int))
{
	struct queue *q = a->queue;

	map_add(&q->busy, &a->busy, vb_str(a->name));
	q->parking++;
	uv_queue_work(q->loop, &a->work, work, done);
}

/* The file may be worked on by others again. Is it due now, when all went
   well? Who asked is told what was done, or that it cannot be. */
static void
end_work(struct asked *a, const char *what, const char *done, bool is_due)
{
	struct queue *q = a->queue;

	map_remove(&q->busy, &a->busy);
	q->parking--;
	if (a->error == 0) {
		schedule_remove(&q->schedule, vb_str(a->name));
		if (is_due)
			queue_schedule(q, vb_str(a->name), 0);
		else
			kept_forget(&q->kept, vb_str(a->name));
		asked_end(a, EXIT_SUCCESS, "%s", done);
	} else {
		asked_end(a, EXIT_FAILURE, "cannot be %s: %s", what,
		    a->error == EBADMSG ? "its file is not in order"
					: strerror(a->error));
	}
	queue_ask_again(q);
	queue_unpark_due(q);
}

static void
hold_file(uv_work_t *work)
{
	struct asked *a = work->data;

	if (!parked_hold(a->queue->parked_dir, vb_str(a->name), true,
		clock_wall_us() / 1000000))
		a->error = errno;
}

static void
held_file(uv_work_t *work, int status)
{
	(void)status;
	end_work(work->data, "held", "is held", false);
}

void
asked_hold(struct asked *a)
{
	struct mail *m = find(a);

	if (must_wait(a))
		return;
	if (m != NULL && m->is_removed) {
		asked_end(a, EXIT_FAILURE, "is being removed");
	} else if (m != NULL) {
		m->is_held = true;
		stop_deliveries(a, m);
	} else if (has_file(a)) {
		work_on_file(a, hold_file, held_file);
	}
}

static void
release_file(uv_work_t *work)
{
	struct asked *a = work->data;
	struct arena *arena = arena_create();
	struct parked p;

	if (parked_read(a->queue->parked_dir, vb_str(a->name), arena, &p) !=
	    NULL)
		a->error = errno;
	a->was_held = p.is_held;
	arena_destroy(arena);
	if (a->error == 0 && a->was_held &&
	    !parked_hold(a->queue->parked_dir, vb_str(a->name), false,
		clock_wall_us() / 1000000))
		a->error = errno;
}

static void
released_file(uv_work_t *work, int status)
{
	struct asked *a = work->data;

	(void)status;
	end_work(a, "released",
	    a->was_held ? "is released, and tried now"
			: "was not held; it is tried now",
	    true);
}

void
asked_release(struct asked *a)
{
	struct mail *m = find(a);

	if (must_wait(a))
		return;
	if (m != NULL && m->is_removed) {
		asked_end(a, EXIT_FAILURE, "is being removed");
	} else if (m != NULL) {
		asked_end_all(m, EXIT_FAILURE, "was released again");
		asked_end(a, EXIT_SUCCESS,
		    m->is_held ? "is released, and tried when what is under "
				 "way has ended"
			       : "is not held; it is being tried");
		m->is_held = false;
	} else if (has_file(a)) {
		work_on_file(a, release_file, released_file);
	}
}

void
asked_remove(struct asked *a)
{
	struct mail *m = find(a);

	if (must_wait(a))
		return;
	if (m == NULL) {
		if (has_file(a))
			asked_remove_file(a);
		return;
	}
	if (!m->is_removed)
		asked_end_all(m, EXIT_FAILURE, "is being removed");
	m->is_removed = true;
	stop_deliveries(a, m);
}
