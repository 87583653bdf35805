/* One question to one module, and what it reported. */
#include "core/smtp/query.h"

#include <stdarg.h>
#include <string.h>

#include "core/base/log.h"
#include "core/module/where.h"

enum { DEEPEST = 8, MOST_ITEMS = 1000000 };

enum vb_known
query_run(struct query *q, const struct module *module, const void *conf,
    struct vb_str id)
{
	const size_t n = q->n;
	enum vb_known known;
	uint64_t before;

	q->is.size = sizeof(q->is);
	q->module = module->name;
	if (!where_may_call(module))
		return VB_UNSURE;
	before = where_enter(module, WHERE_LOOKUP, 0, id);
	known = module->is.lookup->find(&q->is, conf);
	where_leave(before);
	for (size_t i = n; i < q->n; i++)
		q->items[i].module = vb_str(module->name);
	return known;
}

void
query_log(struct vb_query *q, enum vb_level level, const char *event,
    const char *fmt, ...)
{
	const char *module = ((const struct query *)q)->module;
	struct buffer text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buffer_vprintf(&text, fmt, ap);
	va_end(ap);
	log_event(
	    level, event, "module=%s %.*s", module, VB_FMT(buffer_str(&text)));
	buffer_finish(&text);
}

struct vb_found
found_copy(struct arena *arena, const struct vb_found *from)
{
	struct vb_found to = *from;
	struct vb_found *items;

	to.size = sizeof(to);
	to.module = arena_copy(arena, from->module);
	to.user = arena_copy(arena, from->user);
	to.home = arena_copy(arena, from->home);
	to.full_name = arena_copy(arena, from->full_name);
	to.mailbox = arena_copy(arena, from->mailbox);
	to.written = arena_copy(arena, from->written);
	to.domain = arena_copy(arena, from->domain);
	items = arena_alloc(arena, from->n_items * sizeof(*items));
	for (size_t i = 0; i < from->n_items; i++)
		items[i] = found_copy(arena, &from->items[i]);
	to.items = items;
	return to;
}

static void
make_room(struct query *q)
{
	struct vb_found *items;

	q->room = 2 * q->n + 1;
	items = arena_alloc(q->arena, q->room * sizeof(*items));
	if (q->n > 0)
		memcpy(items, q->items, q->n * sizeof(*items));
	q->items = items;
}

void
query_found(struct vb_query *vq, const struct vb_found *whom)
{
	struct query *q = (struct query *)vq;

	if (q->n >= q->room)
		make_room(q);
	q->items[q->n++] = found_copy(q->arena, whom);
}

void
found_pack(struct buffer *to, const struct vb_found *found)
{
	pack_number(to, (uint64_t)found->kind);
	pack_number(to, (uint64_t)found->match);
	pack_str(to, found->module);
	pack_str(to, found->user);
	pack_str(to, found->home);
	pack_str(to, found->full_name);
	pack_str(to, found->mailbox);
	pack_str(to, found->domain);
	pack_number(to, (uint64_t)found->reply);
	pack_number(to, found->reaches_all);
	pack_number(to, found->is_private);
	pack_number(to, found->is_final);
	pack_number(to, found->n_items);
	for (size_t i = 0; i < found->n_items; i++)
		found_pack(to, &found->items[i]);
}

static bool
unpack_deep(
    struct unpack *from, struct arena *arena, struct vb_found *found, int depth)
{
	struct vb_found *items;
	uint64_t n;

	*found = (struct vb_found){ .size = sizeof(*found) };
	found->kind = (enum vb_kind)unpack_number(from);
	found->match = (enum vb_match)unpack_number(from);
	found->module = arena_copy(arena, unpack_str(from));
	found->user = arena_copy(arena, unpack_str(from));
	found->home = arena_copy(arena, unpack_str(from));
	found->full_name = arena_copy(arena, unpack_str(from));
	found->mailbox = arena_copy(arena, unpack_str(from));
	found->domain = arena_copy(arena, unpack_str(from));
	found->reply = (int)unpack_number(from);
	found->reaches_all = unpack_number(from) != 0;
	found->is_private = unpack_number(from) != 0;
	found->is_final = unpack_number(from) != 0;
	n = unpack_number(from);
	if (from->bad || n > MOST_ITEMS || n > from->n || depth == 0)
		return n == 0 && !from->bad;
	items = arena_alloc(arena, (size_t)n * sizeof(*items));
	for (size_t i = 0; i < n; i++)
		if (!unpack_deep(from, arena, &items[i], depth - 1))
			return false;
	found->items = items;
	found->n_items = (size_t)n;
	return true;
}

bool
found_unpack(struct unpack *from, struct arena *arena, struct vb_found *found)
{
	return unpack_deep(from, arena, found, DEEPEST);
}
