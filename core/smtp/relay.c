/*
 * Mail for domains of others: who may send it, and as what.
 *
 * Whoever may relay is asked about twice, with the next hop and with the domain
 * of the mailbox: a source route must not lead where a plain address may not.
 * In a local part "%", "!" and "@" are letters like all others, and lead
 * nowhere.
 */
#include "core/smtp/route.h"
#include "core/smtp/state.h"

enum { PATH_MOST = 256 - 2 }; /* without its brackets (RFC 5321 §4.5.3.1.3) */

static enum vb_known
is_routed(const struct session *s, struct vb_str domain)
{
	struct vb_route route = { .size = sizeof(route), .domain = domain };

	return route_find(
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

const struct vb_found *
relay_found(struct session *s, const struct vb_path *path, struct vb_str route,
    bool trusted)
{
	struct arena *arena = s->command_arena;
	struct vb_found *found = arena_alloc(arena, sizeof(*found));
	enum vb_known known = VB_UNKNOWN;

	*found = (struct vb_found){
		.size = sizeof(*found),
		.kind = VB_RELAY,
		.mailbox = arena_copy(arena, path->mailbox),
		.domain = arena_copy(arena, path->domain),
		.reply = 550,
	};
	if (route.n > 0) {
		found->mailbox = arena_printf(
		    arena, "%.*s:%.*s", VB_FMT(route), VB_FMT(path->mailbox));
		found->domain = arena_lower(arena, ours_next_hop(route));
	}
	if (trusted || s->scope->conf.may_relay)
		known = is_reachable(s, found->domain, path->domain);
	if (known == VB_KNOWN)
		found->reply = 250;
	if (known == VB_UNSURE)
		found->kind = VB_CANNOT_TELL;
	return found;
}

struct vb_str
relay_reverse_path(const struct session *s, struct arena *arena)
{
	const struct vb_path *path = &s->transaction->reverse_path;
	struct vb_str with_us;

	if (session_profile(s) != PROFILE_RFC821 || vb_path_is_null(path))
		return path->mailbox;
	with_us = arena_printf(arena, "@%.*s%s%.*s:%.*s",
	    VB_FMT(s->client.hostname), path->route.n > 0 ? "," : "",
	    VB_FMT(path->route), VB_FMT(path->mailbox));
	return with_us.n <= PATH_MOST ? with_us : path->mailbox;
}
