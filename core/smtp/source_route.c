/* Source routes, taken apart and put together. */
#include "core/smtp/source_route.h"

enum { PATH_MOST = 256 - 2 }; /* without its brackets (RFC 5321 §4.5.3.1.3) */

struct vb_str
source_route_join(
    struct arena *arena, struct vb_str route, struct vb_str mailbox)
{
	if (route.n == 0)
		return mailbox;
	return arena_printf(arena, "%.*s:%.*s", VB_FMT(route), VB_FMT(mailbox));
}

struct vb_str
source_route_take(struct vb_str *route)
{
	struct vb_str host = { route->p + 1, 0 };

	while (host.n + 1 < route->n && host.p[host.n] != ',')
		host.n++;
	route->p += host.n + 1;
	route->n -= host.n + 1;
	if (route->n > 0) {
		route->p++;
		route->n--;
	}
	return host;
}

/* The colons of "@[IPv6:2001:db8::1]" end no route. */
struct vb_str
source_route_mailbox(struct vb_str path)
{
	bool in_literal = false;

	if (path.n == 0 || path.p[0] != '@')
		return path;
	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '[' || path.p[i] == ']')
			in_literal = path.p[i] == '[';
		if (path.p[i] == ':' && !in_literal)
			return (
			    struct vb_str){ path.p + i + 1, path.n - i - 1 };
	}
	return path;
}

static bool
begins_with(struct vb_str path, struct vb_str name)
{
	if (path.n < name.n + 2 || path.p[0] != '@' ||
	    !vb_str_ieq((struct vb_str){ path.p + 1, name.n }, name))
		return false;
	return path.p[name.n + 1] == ',' || path.p[name.n + 1] == ':';
}

struct vb_str
source_route_reverse(struct arena *arena, const struct scope *scope,
    struct vb_str name, struct vb_str path)
{
	struct vb_str made;

	if (path.n == 0 || !scope_keeps_way_back(scope) ||
	    begins_with(path, name))
		return path;
	made = arena_printf(arena, "@%.*s%c%.*s", VB_FMT(name),
	    path.p[0] == '@' ? ',' : ':', VB_FMT(path));
	return made.n <= PATH_MOST ? made : source_route_mailbox(path);
}
