/*
 * Mail for domains of others: who may send it, and as what.
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
is_routed(const struct session *s, struct vb_str domain)
{
	struct vb_route route = { .size = sizeof(route), .domain = domain };

	return route_find_mail(
	    s->sites->modules, s->scope, s->client.session, &route);
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
	enum vb_known known = VB_UNKNOWN;

	if (route.n > 0) {
		found->mailbox = source_route_join(
		    arena, route, found->mailbox);
		found->domain = arena_lower(arena, source_route_take(&route));
	}
	if (trusted || s->scope->conf.may_relay)
		known = is_reachable(s, found->domain, path->domain);
	if (known == VB_KNOWN)
		found->reply = 250;
	if (known == VB_UNSURE)
		found->kind = VB_CANNOT_TELL;
	return found;
}
