/* Where mail for a domain elsewhere goes: asking the modules. */
#include "core/smtp/route.h"

#include "core/io/next_hop.h"
#include "core/module/where.h"

/* The timeouts are those that RFC 5321 §4.5.3.2 names. */
static const struct vb_route initial = {
	.size = sizeof(struct vb_route),
	.connect_timeout = { 30 },
	.greeting_timeout = { 5 * 60 },
	.command_timeout = { 5 * 60 },
	.data_timeout = { 2 * 60 },
	.block_timeout = { 3 * 60 },
	.end_timeout = { 10 * 60 },
	.idle_timeout = { 5 },
	.per_destination = 10,
	.messages = 100,
};

static enum vb_known
ask(const struct module *m, const struct scope *scope, struct vb_str id,
    struct vb_route *route)
{
	enum vb_known known;
	uint64_t before;

	if (!where_may_call(m))
		return VB_UNSURE;
	before = where_enter(m, WHERE_ROUTE, 0, id);
	known = m->is.route(route, scope->module_conf[m->index]);
	where_leave(before);
	return known == VB_KNOWN && route->via.n == 0 && !route->keeps
	           ? VB_UNSURE
	           : known;
}

/* The first that keeps the mail says how, whoever knows the way. */
static void
add_keeping(struct vb_route *route, const struct vb_route *said)
{
	if (!said->keeps || route->keeps)
		return;
	route->keeps = true;
	route->keeper = said->keeper;
	route->keep_age = said->keep_age;
	route->keep_most = said->keep_most;
}

/* The first that knows the way says all else. */
static void
add_way(struct vb_route *route, const struct vb_route *said)
{
	const struct vb_route before = *route;

	if (route->via.n > 0 || said->via.n == 0)
		return;
	*route = *said;
	route->keeps = false;
	add_keeping(route, &before);
}

/*
 * All are asked: whether mail is kept is no matter of the order of `modules`.
 * Where one cannot tell no way is taken that comes after it, and none at all
 * unless the mail is kept: it might be the one that keeps it.
 */
enum vb_known
route_find(const struct modules *modules, const struct scope *scope,
    struct vb_str id, struct vb_route *route)
{
	struct vb_route start = initial;
	bool is_unsure = false;

	start.domain = route->domain;
	*route = start;
	for (size_t i = 0; i < modules->n; i++) {
		const struct module *m = &modules->items[i];
		struct vb_route said = start;
		enum vb_known known;

		if (m->is.route == NULL)
			continue;
		known = ask(m, scope, id, &said);
		is_unsure = is_unsure || known == VB_UNSURE;
		if (known == VB_KNOWN && !is_unsure)
			add_way(route, &said);
		add_keeping(route, &said);
	}
	if (is_unsure && !route->keeps)
		return VB_UNSURE;
	return route->via.n > 0 || route->keeps ? VB_KNOWN : VB_UNKNOWN;
}

static bool
is_us(const struct vb_route *route)
{
	return vb_str_ieq(route->name, route->domain);
}

enum vb_known
route_find_mail(const struct modules *modules, const struct scope *scope,
    struct vb_str id, struct vb_route *route)
{
	enum vb_known known = route_find(modules, scope, id, route);

	return known == VB_KNOWN && is_us(route) ? VB_UNKNOWN : known;
}

bool
route_is_us(const struct modules *modules, const struct scope *scope,
    struct vb_str id, struct vb_str name)
{
	struct vb_route route = { .size = sizeof(route), .domain = name };

	return route_find(modules, scope, id, &route) == VB_KNOWN &&
	       is_us(&route);
}

struct vb_str
route_next_hop(struct arena *arena, const struct vb_route *route)
{
	struct vb_str list = route->via, word, made = VB_STR("");

	while (next_hop_word(&list, &word)) {
		const char *blank = made.n > 0 ? " " : "";

		if (vb_str_ieq(word, VB_STR("mx")))
			made = arena_printf(arena, "%.*s%smx:%.*s",
			    VB_FMT(made), blank, VB_FMT(route->domain));
		else
			made = arena_printf(arena, "%.*s%s%.*s", VB_FMT(made),
			    blank, VB_FMT(word));
	}
	return made;
}

struct vb_str
route_lane(struct arena *arena, const struct vb_route *route)
{
	struct vb_str hops = route_next_hop(arena, route);

	if (route->name.n == 0)
		return hops;
	return arena_printf(
	    arena, "%.*s as %.*s", VB_FMT(hops), VB_FMT(route->name));
}

const struct vb_route *
route_default(void)
{
	return &initial;
}

struct client_patience
route_patience(const struct vb_route *route)
{
	return (struct client_patience){
		.greeting = route->greeting_timeout.value * 1000,
		.command = route->command_timeout.value * 1000,
		.data = route->data_timeout.value * 1000,
		.block = route->block_timeout.value * 1000,
		.end = route->end_timeout.value * 1000,
	};
}
