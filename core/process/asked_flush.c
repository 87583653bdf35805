/*
 * Flush: what waits is tried now. For a domain, all files are looked at, slice
 * by slice, and the ids of those kept that have a recipient there.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/process/asked.h"

enum { SLICE = 256 };

struct flushing {
	struct asked *asked;
	struct parked_walk *walk;
	ptrdiff_t n;       /* of the last slice */
	struct buffer ids; /* SCHEDULE_ID octets each */
};

static bool
is_at(struct vb_str mailbox, const char *domain)
{
	size_t n = strlen(domain);

	return mailbox.n > n && mailbox.p[mailbox.n - n - 1] == '@' &&
	       strncasecmp(mailbox.p + mailbox.n - n, domain, n) == 0;
}

static bool
is_for(const struct parked *p, const char *domain)
{
	for (size_t i = 0; i < p->envelope.n_recipients; i++)
		if (p->states[i].outcome == PARKED_WAITING &&
		    is_at(p->envelope.recipients[i].mailbox, domain))
			return true;
	return false;
}

static void
look_at(struct flushing *f, const struct parked_entry *entry)
{
	struct arena *arena;
	struct parked p;
	char id[SCHEDULE_ID] = "";

	if (entry->is_held || entry->is_faulty || !entry->is_waiting)
		return;
	arena = arena_create();
	memcpy(id, entry->id, PARKED_ID);
	if (parked_read(f->asked->queue->parked_dir, vb_str(entry->id), arena,
		&p) == NULL &&
	    is_for(&p, f->asked->name))
		buffer_add(&f->ids, id, sizeof(id));
	arena_destroy(arena);
}

static void
look(uv_work_t *work)
{
	struct asked *a = work->data;
	struct flushing *f = a->flushing;
	struct parked_entry entries[SLICE];

	f->n = parked_walk_next(f->walk, entries, SLICE);
	for (ptrdiff_t i = 0; i < f->n; i++)
		look_at(f, &entries[i]);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
end(struct flushing *f)
{
	struct asked *a = f->asked;
	struct queue *q = a->queue;
	size_t n = f->ids.n / SCHEDULE_ID;

	if (n > 0) {
		qsort(f->ids.p, n, SCHEDULE_ID, compare);
		n = schedule_hurry(
		    &q->schedule, (const char(*)[SCHEDULE_ID])f->ids.p, n);
	}
	parked_walk_destroy(f->walk);
	buffer_finish(&f->ids);
	free(f);
	if (n == 0)
		asked_end(a, EXIT_SUCCESS, "nothing waits for this domain");
	else
		asked_end(a, EXIT_SUCCESS, "%zu message%s tried now", n,
		    n == 1 ? " is" : "s are");
}

static void
looked(uv_work_t *work, int status)
{
	struct asked *a = work->data;
	struct queue *q = a->queue;

	(void)status;
	if (a->flushing->n != 0 && !q->is_stopping) {
		uv_queue_work(q->loop, &a->work, look, looked);
		return;
	}
	q->parking--;
	end(a->flushing);
	queue_unpark_due(q);
}

static void
flush_domain(struct asked *a)
{
	struct flushing *f = must_alloc(sizeof(*f));

	f->asked = a;
	f->walk = parked_walk_create(a->queue->parked_dir);
	a->flushing = f;
	a->queue->parking++;
	uv_queue_work(a->queue->loop, &a->work, look, looked);
}

/* What is on its way to its file right now is due at once, too. */
static void
flush_all(struct asked *a)
{
	struct queue *q = a->queue;
	size_t n = q->schedule.n;

	q->flushes++;
	schedule_flush(&q->schedule);
	if (n == 0)
		asked_end(a, EXIT_SUCCESS, "nothing waits");
	else
		asked_end(a, EXIT_SUCCESS, "%zu message%s tried now", n,
		    n == 1 ? " is" : "s are");
	queue_unpark_due(q);
}

void
asked_flush(struct asked *a)
{
	if (a->name[0] == '\0')
		flush_all(a);
	else
		flush_domain(a);
}
