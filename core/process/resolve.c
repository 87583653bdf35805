/*
 * Recipients that nobody has looked up: senders, who get notices. Where they
 * are ours a courier asks the lookup modules; others are another server's.
 *
 * Where the way back was kept, it is taken (RFC 821 §3.6, example 7): hosts at
 * its head that are us are taken off, and it goes to the first that is not.
 * When no module knows a way to that one, it goes to the mailbox.
 */
#include <stdlib.h>
#include <string.h>

#include "core/process/lookups.h"
#include "core/process/queue.h"
#include "core/smtp/address.h"
#include "core/smtp/query.h"
#include "core/smtp/route.h"
#include "core/smtp/source_route.h"

struct resolving {
	struct queue *queue;
	struct delivery_due *due;
};

static void
become(struct queue *q, struct delivery_due *d, const struct vb_found *found)
{
	struct arena *arena = d->mail->arena;
	struct recipient *to = arena_alloc(arena, sizeof(*to));
	struct vb_path path;

	*to = *d->to;
	to->kind = found->kind == VB_MAILBOX ? RECIPIENT_LOCAL
	                                     : RECIPIENT_REMOTE;
	if (found->mailbox.n > 0)
		to->mailbox = arena_copy(arena, found->mailbox);
	to->user = arena_copy(arena, found->user);
	to->domain = arena_copy(arena, found->domain);
	to->home = arena_copy(arena, found->home);
	d->to = to;
	if (to->kind == RECIPIENT_REMOTE &&
	    address_mailbox(arena, PROFILE_RFC5321, to->mailbox, &path) ==
		ADDRESS_GOOD)
		to->domain = path.domain;
	queue_enter(q, d, false);
}

static void
settle(struct queue *q, struct delivery_due *d, enum vb_outcome outcome,
    const char *status, const char *text)
{
	const struct report report = { .outcome = outcome,
		.status = vb_str(status),
		.text = vb_str(text) };

	queue_settle(q, d, &report);
}

static void
conclude(struct queue *q, struct delivery_due *d, enum vb_known known,
    const struct vb_found *found)
{
	if (known == VB_KNOWN &&
	    (found->kind == VB_MAILBOX || found->kind == VB_FORWARD))
		become(q, d, found);
	else if (known == VB_KNOWN)
		settle(q, d, VB_NEVER, "5.7.1", "no notices to a list");
	else if (known == VB_UNKNOWN)
		settle(q, d, VB_NEVER, "5.1.1", "no such user here");
	else
		settle(q, d, VB_LATER, "4.4.3", "cannot be looked up now");
}

static void
answered(void *data, enum pool_result result, struct vb_str answer)
{
	struct resolving *r = data;
	struct queue *q = r->queue;
	struct arena *arena = arena_create();
	struct unpack from = { answer.p, answer.n, false };
	struct vb_found found = { 0 };
	enum vb_known known = VB_UNSURE;

	q->going[PAIR_ANSWERS]--;
	if (result == POOL_ANSWERED &&
	    !lookup_first_unpack(&from, arena, &known, &found))
		known = VB_UNSURE;
	conclude(q, r->due, known, &found);
	arena_destroy(arena);
	free(r);
	queue_turn(q);
}

/* Who it is, as far as is known. */
static void
name(struct delivery_due *d, enum recipient_kind kind, struct vb_str mailbox,
    struct vb_str domain)
{
	struct recipient *to = arena_alloc(d->mail->arena, sizeof(*to));

	*to = (struct recipient){
		.kind = kind, .mailbox = mailbox, .domain = domain
	};
	d->to = to;
}

static void
ask(struct queue *q, struct delivery_due *d, const struct vb_path *path)
{
	const struct scope *scope = d->mail->scope;
	struct resolving *r = must_alloc(sizeof(*r));
	struct buffer request = { 0 };
	const struct lookup_request lookup = {
		.scope = scope->index,
		.query = { .size = sizeof(lookup.query),
		    .name = path->local,
		    .domain = path->domain },
	};

	r->queue = q;
	r->due = d;
	name(d, RECIPIENT_UNKNOWN, path->mailbox, path->domain);
	lookup_request_pack(&request, &lookup);
	q->going[PAIR_ANSWERS]++;
	if (pool_ask(q->pools[PAIR_ANSWERS], &request, -1,
		scope->conf.limits.wait_timeout.value * 1000, answered,
		r) == NULL)
		answered(r, POOL_DIED, VB_STR(""));
}

static bool
is_us(const struct queue *q, const struct delivery_due *d, struct vb_str host)
{
	const struct scope *scope = d->mail->scope;

	return site_is_local(scope->site, host) ||
	       vb_str_ieq(host, q->g->top.process.hostname) ||
	       route_is_us(&q->g->modules, scope, d->mail->envelope.id, host);
}

/* Takes us off the head of a way back; false when the rest leads nowhere.
   `host` is the one to send to then. */
static bool
take_way_back(const struct queue *q, const struct delivery_due *d,
    struct vb_str *route, struct vb_str *host)
{
	struct vb_route to = { .size = sizeof(to) };
	struct vb_str rest = *route;

	if (d->mail->scope == NULL)
		return false;
	while (rest.n > 0) {
		*route = rest;
		*host = arena_lower(d->mail->arena, source_route_take(&rest));
		if (is_us(q, d, *host))
			continue;
		to.domain = *host;
		return route_find(&q->g->modules, d->mail->scope,
			   d->mail->envelope.id, &to) != VB_UNKNOWN;
	}
	return false;
}

static void
send_back(struct queue *q, struct delivery_due *d, struct vb_str mailbox,
    struct vb_str host)
{
	name(d, RECIPIENT_REMOTE, mailbox, host);
	queue_enter(q, d, false);
}

void
queue_resolve(struct queue *q, struct delivery_due *d)
{
	const struct scope *scope = d->mail->scope;
	struct arena *arena = d->mail->arena;
	struct vb_str host,
	    text = arena_printf(arena, "<%.*s>", VB_FMT(d->to->mailbox));
	struct vb_path path;

	if (address_forward_path(arena, PROFILE_RFC5321, &text, &path) !=
		ADDRESS_GOOD ||
	    text.n > 0)
		settle(q, d, VB_NEVER, "5.1.3", "not an address");
	else if (take_way_back(q, d, &path.route, &host))
		send_back(q, d,
		    source_route_join(arena, path.route, path.mailbox), host);
	else if (scope != NULL && site_is_local(scope->site, path.domain))
		ask(q, d, &path);
	else
		send_back(q, d, path.mailbox, path.domain);
}
