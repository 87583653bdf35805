/* Which domains and routes are this server's own. */
#include "core/smtp/route.h"
#include "core/smtp/source_route.h"
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

static bool
is_us(const struct session *s, struct vb_str hop)
{
	struct vb_str name = arena_lower(s->command_arena, hop);

	return site_is_local(s->scope->site, name) ||
	       ours_is_literal(s, name) ||
	       vb_str_ieq(name, s->client.hostname) ||
	       route_is_us(
		   s->sites->modules, s->scope, s->client.session, name);
}

struct vb_str
ours_route(const struct session *s, struct vb_str route)
{
	struct vb_str rest = route;

	if (scope_source_routes(s->scope) != SOURCE_ROUTES_FOLLOW)
		return VB_STR("");
	while (rest.n > 0 && is_us(s, source_route_take(&rest)))
		route = rest;
	return route;
}
