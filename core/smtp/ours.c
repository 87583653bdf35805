/* Which domains and routes are this server's own. */
#include "core/smtp/state.h"

struct vb_str
ours_first(const struct session *s)
{
	const struct vb_strings *domains = &s->scope->site->conf.domains;

	return domains->n > 0 ? domains->items[0] : s->client.hostname;
}

bool
ours_is_literal(const struct session *s, struct vb_str domain)
{
	struct vb_str ours = s->local_address;

	if (domain.n < 2 || domain.p[0] != '[' || ours.n == 0)
		return false;
	domain.p++;
	domain.n -= 2;
	if (domain.n > 5 &&
	    vb_str_ieq((struct vb_str){ domain.p, 5 }, VB_STR("ipv6:"))) {
		domain.p += 5;
		domain.n -= 5;
	}
	return vb_str_ieq(domain, ours);
}

/* Takes "@ONE" and the comma behind it off a route. */
static struct vb_str
take_hop(struct vb_str *route)
{
	struct vb_str hop = { route->p + 1, 0 };

	while (hop.n + 1 < route->n && hop.p[hop.n] != ',')
		hop.n++;
	route->p += hop.n + 1;
	route->n -= hop.n + 1;
	if (route->n > 0) {
		route->p++;
		route->n--;
	}
	return hop;
}

static bool
is_us(const struct session *s, struct vb_str hop)
{
	struct vb_str name = arena_lower(s->command_arena, hop);

	return site_is_local(s->scope->site, name) ||
	       ours_is_literal(s, name) || vb_str_ieq(name, s->client.hostname);
}

struct vb_str
ours_route(const struct session *s, struct vb_str route)
{
	struct vb_str rest = route;

	if (session_profile(s) != PROFILE_RFC821)
		return VB_STR("");
	while (rest.n > 0 && is_us(s, take_hop(&rest)))
		route = rest;
	return route;
}

struct vb_str
ours_next_hop(struct vb_str route)
{
	return take_hop(&route);
}
