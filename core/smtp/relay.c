/*
 * Mail for domains of others: who may send it, and as what.
 *
 * Mail that is kept for those who collect it is taken from everybody: that it
 * is kept the operator has written down, for that domain. Other mail is taken
 * from whoever may relay.
 *
 * Whoever may relay is asked about twice, with the next hop and with the domain
 * of the mailbox: a source route must not lead where a plain address may not.
 * In a local part "%", "!" and "@" are letters like all others, and lead
 * nowhere.
 */
#include "core/smtp/route.h"
#include "core/smtp/source_route.h"
#include "core/smtp/state.h"

static enum vb_known
find(const struct session *s, struct vb_str domain, struct vb_route *route)
{
	*route = (struct vb_route){ .size = sizeof(*route), .domain = domain };
	return route_find_mail(
	    s->sites->modules, s->scope, s->client.session, route);
}

static enum vb_known
is_routed(const struct session *s, struct vb_str domain)
{
	struct vb_route route;

	return find(s, domain, &route);
}

bool
relay_keeps(
    const struct session *s, struct vb_str domain, struct vb_route *route)
{
	return find(s, domain, route) == VB_KNOWN && route->keeps;
}

/* Is there a way to the next hop, and would there be one to the mailbox? */
static enum vb_known
is_reachable(const struct session *s, struct vb_str next, struct vb_str domain)
{
	enum vb_known known = is_routed(s, next);

	if (known != VB_KNOWN || vb_str_eq(next, domain) ||
	    site_is_local(s->scope->site, domain))
		return known;
	return is_routed(s, domain);
}

/* For whom may not relay: is it one of those whose mail is kept? Not by way of
   a source route. */
static enum vb_known
is_kept(const struct session *s, bool is_plain, struct vb_str domain)
{
	struct vb_route way;
	enum vb_known known;

	if (!is_plain)
		return VB_UNKNOWN;
	known = find(s, domain, &way);
	return known == VB_KNOWN && !way.keeps ? VB_UNKNOWN : known;
}

static struct vb_found *
make(struct session *s, const struct vb_path *path, int reply)
{
	struct arena *arena = s->command_arena;
	struct vb_found *found = arena_alloc(arena, sizeof(*found));

	*found = (struct vb_found){
		.size = sizeof(*found),
		.kind = VB_RELAY,
		.mailbox = arena_copy(arena, path->mailbox),
		.domain = arena_copy(arena, path->domain),
		.reply = reply,
	};
	return found;
}

const struct vb_found *
relay_refused(struct session *s, const struct vb_path *path)
{
	return make(s, path, 553);
}

const struct vb_found *
relay_found(struct session *s, const struct vb_path *path, struct vb_str route,
    bool trusted)
{
	struct arena *arena = s->command_arena;
	struct vb_found *found = make(s, path, 550);
	const bool is_plain = route.n == 0;
	enum vb_known known = VB_UNKNOWN;

	if (!is_plain) {
		found->mailbox = source_route_join(
		    arena, route, found->mailbox);
		found->domain = arena_lower(arena, source_route_take(&route));
	}
	if (trusted || (s->scope->conf.may_relay && !s->may_not_relay))
		known = is_reachable(s, found->domain, path->domain);
	else if (!s->may_not_relay)
		known = is_kept(s, is_plain, path->domain);
	if (known == VB_KNOWN)
		found->reply = 250;
	if (known == VB_UNSURE)
		found->kind = VB_CANNOT_TELL;
	return found;
}
