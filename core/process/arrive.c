/* Messages become deliveries, each in its lane. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/keeping.h"

enum { LANE_MOST = QUEUE_MOST / 2, LONG_SECONDS = 30 };

/* Parked, but the journal had no time to say so. As below, that can only be so
   of what was there when we started: the journal is read once. */
static bool
is_parked(const struct queue *q, const struct mail *m)
{
	char path[PARKED_PATH_SIZE];
	struct stat st;

	return m->source.kind != SOURCE_PARKED &&
	       parked_path(m->envelope.id, path) &&
	       fstatat(q->parked_dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Its file was removed when it was delivered; the journal did not say so in
   time. That can only be so of what was there when we started. */
static bool
is_gone(const struct queue *q, const struct mail *m)
{
	struct stat st;

	if (m->source.kind != SOURCE_LARGE ||
	    fstatat(q->large_dir, mail_name(m), &st, AT_SYMLINK_NOFOLLOW) ==
		0 ||
	    errno != ENOENT)
		return false;
	log_event(
	    VB_NOTICE, "queue", "id=%s was delivered before", mail_name(m));
	return true;
}

static enum pair
pair_of(const struct mail *m)
{
	const struct scope *s = m->scope;

	return s->delivery[s->deliver->index].as.value == AS_RECIPIENT
	           ? PAIR_RECIPIENTS
	           : PAIR_DELIVERIES;
}

static void
settle_later(struct queue *q, struct delivery_due *d, const char *status,
    const char *text)
{
	const struct report report = { .outcome = VB_LATER,
		.status = vb_str(status),
		.text = vb_str(text) };

	queue_settle(q, d, &report);
}

/* A lane that is very long and slow is not for memory: what comes on top of it
   waits in its file, which is no attempt. */
static void
wait_elsewhere(struct queue *q, struct delivery_due *d)
{
	struct mail *m = d->mail;

	d->progress = PROGRESS_LATER;
	d->due = clock_wall_us() / 1000000 + LONG_SECONDS;
	d->is_noted = d->is_noted || m->source.kind == SOURCE_PARKED;
	m->n_later++;
	queue_close_one(q, m);
}

static void
enter_lane(struct queue *q, enum pair pair, struct lane_name name,
    struct delivery_due *d, bool first)
{
	name.site = (size_t)(d->mail->scope->site - q->g->sites->items);
	name.longest = LANE_MOST;
	if (!lanes_put(&q->lanes[pair], &name, d, first))
		wait_elsewhere(q, d);
}

static unsigned
batches_at_once(const struct mail *m)
{
	unsigned most = m->scope->deliver->is.at_once;

	return most > 1 && !scope_limits_mailboxes(m->scope, m->envelope.id)
	           ? most
	           : 1;
}

static void
enter_local(struct queue *q, struct delivery_due *d, bool first)
{
	const struct scope *s = d->mail->scope;

	if (s == NULL || s->deliver == NULL ||
	    q->pools[pair_of(d->mail)] == NULL) {
		settle_later(q, d, "4.3.5",
		    s == NULL ? "no site of that name is configured"
			      : "no module delivers here");
		return;
	}
	d->is_single = s->deliver->is.publish == NULL;
	enter_lane(q, pair_of(d->mail),
	    (struct lane_name){ .domain = d->to->domain,
		.mailbox = d->to->user,
		.may_swell = true,
		.most = batches_at_once(d->mail) },
	    d, first);
}

/* One lane for each next hop: as many errands at a time as all workers together
   may have connections to it. */
static void
enter_remote(struct queue *q, struct delivery_due *d, bool first)
{
	const struct mail *m = d->mail;
	struct vb_route route = { .size = sizeof(route),
		.domain = d->to->domain };
	struct arena *arena;
	enum vb_known known = VB_UNSURE;

	if (m->scope != NULL)
		known = route_find(
		    &q->g->modules, m->scope, m->envelope.id, &route);
	if (known != VB_KNOWN) {
		d->kept_until = 0;
		settle_later(q, d, known == VB_UNKNOWN ? "4.4.4" : "4.4.3",
		    known == VB_UNKNOWN ? "no module routes there"
					: "no route can be told now");
		return;
	}
	if (queue_keep(q, d, &route))
		return;
	arena = arena_create();
	enter_lane(q, PAIR_REMOTE,
	    (struct lane_name){ .domain = route_lane(arena, &route),
		.most = (unsigned)(route.per_destination *
				   q->g->top.process.workers),
		.is_next_hop = true },
	    d, first);
	arena_destroy(arena);
}

/* It was accepted and then not reached: that is known since it came in. */
static void
settle_failed(struct queue *q, struct delivery_due *d)
{
	const struct report report = {
		.outcome = VB_NEVER, .status = d->to->user, .text = d->to->home
	};

	queue_settle(q, d, &report);
}

void
queue_enter(struct queue *q, struct delivery_due *d, bool first)
{
	if (d->mail->is_held || d->mail->is_removed) {
		queue_put_aside(q, d);
		return;
	}
	switch (d->to->kind) {
	case RECIPIENT_LOCAL:
		enter_local(q, d, first);
		break;
	case RECIPIENT_UNKNOWN:
		queue_resolve(q, d);
		break;
	case RECIPIENT_REMOTE:
		enter_remote(q, d, first);
		break;
	case RECIPIENT_FAILED:
		settle_failed(q, d);
		break;
	}
}

void
queue_arrived(void *queue, struct mail *m, bool again)
{
	struct queue *q = queue;

	if (again && (is_parked(q, m) || is_gone(q, m))) {
		queue_make_up(q, m->envelope.id);
		queue_forget(q, m);
		return;
	}
	if (map_find(&q->mails, m->envelope.id) != NULL) {
		queue_forget(q, m);
		return;
	}
	map_add(&q->mails, &m->by_id, m->envelope.id);
	m->is_known = true;
	for (size_t i = 0; i < m->n; i++)
		m->deliveries[i].again |= again;
	m->n_open++; /* so that none of them ends it all */
	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_READY)
			queue_enter(q, &m->deliveries[i], false);
	queue_close_one(q, m);
	queue_turn(q);
}
