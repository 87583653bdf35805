/*
 * Flush: what waits is tried now; what is still in memory, on its way to its
 * file, as soon as it is there. For a domain, all files are looked at, slice by
 * slice, for those that have a recipient there; the first are tried while
 * others are still looked for. What is kept for it is let go. And where nothing
 * waits, but its server may have something for us, that is asked for.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/clock.h"
#include "core/process/asked.h"
#include "core/process/keeping.h"

enum { SLICE = 256 };

struct flushing {
	struct asked *asked;
	struct parked_walk *walk;
	ptrdiff_t n;        /* of the last slice */
	struct buffer here; /* ids of what was in memory at first, SCHEDULE_ID
	                       octets each, sorted */
	struct buffer ids;  /* others, the same, not yet hurried */
	size_t hurried;     /* before */
	size_t enough;      /* ids to hurry; twice as many each time, since all
	                       that waits is looked at for them */
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
		    p->states[i].keeper.n == 0 &&
		    is_at(p->envelope.recipients[i].mailbox, domain))
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
add_id(struct buffer *ids, struct vb_str id)
{
	char octets[SCHEDULE_ID] = "";

	memcpy(octets, id.p, id.n < SCHEDULE_ID ? id.n : SCHEDULE_ID - 1);
	buffer_add(ids, octets, sizeof(octets));
}

static void
sort(struct buffer *ids)
{
	if (ids->n > 0)
		qsort(ids->p, ids->n / SCHEDULE_ID, SCHEDULE_ID, compare);
}

static bool
was_here(const struct flushing *f, const char *id)
{
	return f->here.n > 0 && bsearch(id, f->here.p, f->here.n / SCHEDULE_ID,
				    SCHEDULE_ID, compare) != NULL;
}

/* Whoever waits there is due now. False: nobody does. */
static bool
hurry_in_memory(struct mail *m, const char *domain)
{
	bool has_any = false;

	for (size_t i = 0; i < m->n && !m->is_held && !m->is_removed; i++) {
		struct delivery_due *d = &m->deliveries[i];

		if (d->progress != PROGRESS_LATER || d->kept_until != 0 ||
		    (domain[0] != '\0' && !is_at(d->to->mailbox, domain)))
			continue;
		d->due = clock_wall_us() / 1000000;
		has_any = true;
	}
	return has_any;
}

static void
hurry_what_is_here(struct flushing *f)
{
	struct asked *a = f->asked;
	struct map_node *node = NULL;

	while ((node = map_next(&a->queue->mails, node)) != NULL)
		if (hurry_in_memory((struct mail *)node, a->name)) {
			add_id(&f->here, node->key);
			f->hurried++;
		}
	sort(&f->here);
	/* What could not be written to a file waits here, like one. */
	schedule_hurry(&a->queue->schedule,
	    (const char(*)[SCHEDULE_ID])f->here.p, f->here.n / SCHEDULE_ID);
}

static void
look_at(struct flushing *f, const struct parked_entry *entry)
{
	struct arena *arena;
	struct parked p;

	if (entry->is_held || entry->is_faulty || !entry->is_waiting ||
	    was_here(f, entry->id))
		return;
	arena = arena_create();
	if (parked_read(f->asked->queue->parked_dir, vb_str(entry->id), arena,
		&p) == NULL &&
	    is_for(&p, f->asked->name))
		add_id(&f->ids, vb_str(entry->id));
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

static void
hurry(struct flushing *f)
{
	size_t n = f->ids.n / SCHEDULE_ID;

	if (n == 0)
		return;
	sort(&f->ids);
	f->hurried += schedule_hurry(&f->asked->queue->schedule,
	    (const char(*)[SCHEDULE_ID])f->ids.p, n);
	f->ids.n = 0;
	f->enough *= 2;
	queue_unpark_due(f->asked->queue);
}

static void
end_tried(struct asked *a, size_t n)
{
	asked_end(a, EXIT_SUCCESS, "%zu message%s tried now", n,
	    n == 1 ? " is" : "s are");
}

/* Nothing goes there by itself: is anything kept, and is there anything to be
   asked for? */
static void
end_untried(struct asked *a, struct vb_str domain)
{
	struct queue *q = a->queue;
	struct vb_route route = { .size = sizeof(route), .domain = domain };
	const struct scope *scope = queue_find_route(q, &route);
	struct vb_kept kept;

	kept_count(&q->kept, &(const struct vb_strings){ &domain, 1 }, &kept);
	if (scope != NULL && route.turn_site.n > 0 && route.via.n > 0) {
		queue_visit(q, scope, domain);
		asked_end(a, EXIT_SUCCESS,
		    "nothing waits; its server is asked for mail");
	} else if (scope != NULL && route.keeps && kept.messages > 0) {
		asked_end(a, EXIT_SUCCESS, "%llu message%s for %.*s",
		    (unsigned long long)kept.messages,
		    kept.messages == 1 ? " waits" : "s wait",
		    VB_FMT(route.keeper));
	} else {
		asked_end(a, EXIT_SUCCESS, "nothing waits for this domain");
	}
}

static void
end(struct flushing *f)
{
	struct asked *a = f->asked;
	struct arena *arena = arena_create();
	struct vb_str domain = arena_lower(arena, vb_str(a->name));
	struct vb_kept gone = { .size = sizeof(gone) };
	size_t n;

	hurry(f);
	n = f->hurried;
	parked_walk_destroy(f->walk);
	buffer_finish(&f->ids);
	buffer_finish(&f->here);
	free(f);
	queue_let_go(a->queue, &(const struct vb_strings){ &domain, 1 }, &gone);
	n += (size_t)gone.messages;
	if (n > 0)
		end_tried(a, n);
	else
		end_untried(a, domain);
	arena_destroy(arena);
}

static void
looked(uv_work_t *work, int status)
{
	struct asked *a = work->data;
	struct queue *q = a->queue;

	(void)status;
	if (a->flushing->n != 0 && !q->is_stopping) {
		if (a->flushing->ids.n / SCHEDULE_ID >= a->flushing->enough)
			hurry(a->flushing);
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
	f->enough = 1;
	f->walk = parked_walk_create(a->queue->parked_dir);
	a->flushing = f;
	hurry_what_is_here(f);
	a->queue->parking++;
	uv_queue_work(a->queue->loop, &a->work, look, looked);
}

/* Is it in the schedule already, though it is in memory? */
static bool
is_scheduled(const struct queue *q, const struct mail *m)
{
	return m->n_open == 0 && map_find(&q->busy, m->envelope.id) == NULL;
}

static void
flush_all(struct asked *a)
{
	struct queue *q = a->queue;
	struct map_node *node = NULL;
	size_t n = q->schedule.n;

	while ((node = map_next(&q->mails, node)) != NULL) {
		struct mail *m = (struct mail *)node;

		n += hurry_in_memory(m, "") && !is_scheduled(q, m);
	}
	q->is_flushed = true;
	schedule_flush(&q->schedule);
	if (n == 0)
		asked_end(a, EXIT_SUCCESS, "nothing waits");
	else
		end_tried(a, n);
	queue_unpark_due(q);
}

void
asked_flush(struct asked *a)
{
	a->queue->asked = clock_steady_ms();
	if (a->name[0] == '\0')
		flush_all(a);
	else
		flush_domain(a);
}
