/*
 * Recipients that nobody has looked up: senders, who get notices. Where they
 * are ours a courier asks the lookup modules; others are another server's.
 *
 * Where the way back was kept, it is taken (RFC 821 §3.6, example 7): hosts at
 * its head that are us are taken off, and it goes to the first that is not.
 * When no module knows a way to that one, it goes to the mailbox.
 *
 * An alias, a list, or one who has moved leads on to other names, which are
 * looked up in turn. When one of them cannot be told now, all of it is begun
 * again later. Where there is one recipient at the end, the delivery becomes
 * his; where there are several, they get a message of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mail/leads.h"
#include "core/process/lookups.h"
#include "core/process/queue.h"
#include "core/smtp/address.h"
#include "core/smtp/query.h"
#include "core/smtp/route.h"
#include "core/smtp/source_route.h"

/* So many names may lead to recipients, besides as many as those may be. */
enum { LEADING_MOST = 1000 };

struct resolving {
	struct queue *queue;
	struct delivery_due *due;
	struct leads leads;
	struct vb_path asked; /* a courier is, about this */
};

static void go_on(struct resolving *r);

static void
settle(struct queue *q, struct delivery_due *d, enum vb_outcome outcome,
    const char *status, const char *text)
{
	const struct report report = { .outcome = outcome,
		.status = vb_str(status),
		.text = vb_str(text) };

	queue_settle(q, d, &report);
}

static bool
is_too_much(const struct resolving *r)
{
	const struct scope *scope = r->due->mail->scope;
	const size_t most = scope == NULL
	                        ? 1
	                        : (size_t)scope->conf.limits.recipients;

	return r->leads.n > most || r->leads.n_names > most + LEADING_MOST;
}

static void
finish(struct resolving *r)
{
	leads_finish(&r->leads);
	free(r);
}

/* All is known. */
static void
conclude(struct resolving *r)
{
	struct queue *q = r->queue;
	struct delivery_due *d = r->due;
	const struct leads leads = r->leads;
	const bool is_much = is_too_much(r);

	finish(r);
	if (is_much) {
		settle(q, d, VB_NEVER, "5.5.3", "stands for too many");
	} else if (leads.n == 0) {
		settle(q, d, VB_NEVER, "5.4.6", "leads to nobody");
	} else if (leads.n > 1) {
		queue_expand(q, d, leads.to, leads.n);
	} else {
		d->to = leads.to;
		queue_enter(q, d, false);
	}
}

static void
give_up(struct resolving *r)
{
	struct queue *q = r->queue;
	struct delivery_due *d = r->due;

	finish(r);
	settle(q, d, VB_LATER, "4.4.3", "cannot be looked up now");
}

static void
answered(void *data, enum pool_result result, struct vb_str answer)
{
	struct resolving *r = data;
	struct queue *q = r->queue;
	struct unpack from = { answer.p, answer.n, false };
	struct vb_found found = { 0 };
	enum vb_known known = VB_UNSURE;

	q->going[PAIR_ANSWERS]--;
	if (result == POOL_ANSWERED &&
	    !lookup_first_unpack(&from, r->leads.arena, &known, &found))
		known = VB_UNSURE;
	if (known == VB_KNOWN)
		leads_add_found(&r->leads, &found, &r->asked);
	if (known == VB_UNKNOWN)
		leads_add_failed(
		    &r->leads, r->asked.mailbox, "5.1.1", "no such user here");
	if (known == VB_UNSURE)
		give_up(r);
	else
		go_on(r);
	queue_turn(q);
}

static void
ask(struct resolving *r, struct vb_str behind)
{
	struct queue *q = r->queue;
	const struct scope *scope = r->due->mail->scope;
	struct buffer request = { 0 };
	const struct lookup_request lookup = {
		.scope = scope->index,
		.behind = behind,
		.query = { .size = sizeof(lookup.query),
		    .name = r->asked.local,
		    .domain = r->asked.domain },
	};

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
	const struct scope *scope = d->mail->scope;
	struct vb_route to = { .size = sizeof(to) };
	struct vb_str rest = *route;

	if (scope == NULL || scope_source_routes(scope) != SOURCE_ROUTES_FOLLOW)
		return false;
	while (rest.n > 0) {
		*route = rest;
		*host = arena_lower(d->mail->arena, source_route_take(&rest));
		if (is_us(q, d, *host))
			continue;
		to.domain = *host;
		return route_find(&q->g->modules, scope, d->mail->envelope.id,
			   &to) != VB_UNKNOWN;
	}
	return false;
}

static bool
read_path(struct resolving *r, struct vb_str written, struct vb_path *path)
{
	struct arena *arena = r->leads.arena;
	struct vb_str text = arena_printf(arena, "<%.*s>", VB_FMT(written));

	return address_forward_path(arena, PROFILE_RFC5321, &text, path) ==
	           ADDRESS_GOOD &&
	       text.n == 0;
}

/* A bare name is one of ours. */
static void
add_domain(const struct resolving *r, struct vb_path *path)
{
	const struct scope *scope = r->due->mail->scope;

	if (path->domain.n > 0 || scope == NULL ||
	    scope->site->conf.domains.n == 0)
		return;
	path->domain = scope->site->conf.domains.items[0];
	path->mailbox = address_write(
	    r->leads.arena, path->local, path->domain);
}

/* False: a courier is asked, and it goes on when that has answered. */
static bool
look_up(struct resolving *r, const struct lead *lead)
{
	const struct scope *scope = r->due->mail->scope;
	struct vb_path path;
	struct vb_str host;

	if (!read_path(r, lead->text, &path)) {
		leads_add_failed(
		    &r->leads, lead->text, "5.1.3", "not an address");
		return true;
	}
	add_domain(r, &path);
	if (take_way_back(r->queue, r->due, &path.route, &host)) {
		leads_add_remote(&r->leads,
		    source_route_join(r->leads.arena, path.route, path.mailbox),
		    host);
		return true;
	}
	if (scope == NULL || !site_is_local(scope->site, path.domain)) {
		leads_add_remote(&r->leads, path.mailbox, path.domain);
		return true;
	}
	r->asked = path;
	ask(r, lead->behind);
	return false;
}

static void
go_on(struct resolving *r)
{
	const struct lead *lead;

	while (!is_too_much(r) && (lead = leads_take(&r->leads)) != NULL)
		if (!look_up(r, lead))
			return;
	conclude(r);
}

void
queue_resolve(struct queue *q, struct delivery_due *d)
{
	struct resolving *r = must_alloc(sizeof(*r));

	r->queue = q;
	r->due = d;
	leads_open(&r->leads, d->mail->arena);
	leads_add_name(&r->leads, d->to->mailbox, VB_STR(""));
	go_on(r);
}
