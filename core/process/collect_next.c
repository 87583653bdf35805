/*
 * Which message a connection that collects gets next: what was kept at its
 * start, in the order of arrival.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/collect_state.h"

/* How often it is looked at what was put off. */
enum { AGAIN_MS = 200 };

void
collection_list(struct collection *c)
{
	c->ids = kept_list(&c->queue->kept, &c->ask.domains);
	log_event(VB_DEBUG, "lease", "session=%.*s messages=%zu",
	    VB_FMT(c->ask.session), c->ids.n);
	collection_enter(c, STAGE_CHOOSES);
}

/* Those that were put off are looked at again, now and then. */
static bool
look_again(struct collection *c)
{
	int64_t now = clock_steady_ms();

	if (now - c->looked < AGAIN_MS)
		return false;
	c->looked = now;
	c->ids.n = c->n_off;
	c->at = c->n_off = 0;
	return true;
}

static void
read_file(struct collection *c, struct vb_str id)
{
	memcpy(c->id, id.p, id.n);
	c->n_due = c->n_done = 0;
	map_add(&c->queue->wanted, &c->wanted, vb_str(c->id));
	collection_enter(c, STAGE_READS);
	queue_unpark(c->queue, id);
}

/* The next that can be had. A file that is written or read will be there soon,
   and is waited for; a message that goes to other recipients as well is put
   off. False when there is none just now. */
static bool
choose(struct collection *c)
{
	struct queue *q = c->queue;

	while (c->at < c->ids.n) {
		const char *id;

		assert(c->ids.ids != NULL); /* there are some */
		id = c->ids.ids[c->at];
		if (kept_has_for(&q->kept, vb_str(id), &c->ask.domains)) {
			if (map_find(&q->busy, vb_str(id)) != NULL)
				return false;
			if (map_find(&q->mails, vb_str(id)) == NULL) {
				c->at++;
				read_file(c, vb_str(id));
				return true;
			}
			memmove(c->ids.ids[c->n_off++], id, SCHEDULE_ID);
		}
		c->at++;
	}
	return false;
}

void
collection_choose(struct collection *c)
{
	if (c->queue->is_stopping) {
		collection_finish(c, "the server stops");
		return;
	}
	if (choose(c) || c->at < c->ids.n)
		return;
	if (c->n_off > 0 && look_again(c) && (choose(c) || c->at < c->ids.n))
		return;
	if (c->n_off == 0)
		collection_finish(c, "that is all");
	else if (collection_has_waited(c))
		collection_finish(c, "the rest is under way to others");
}
