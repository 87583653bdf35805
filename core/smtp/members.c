/*
 * Whom an answer leads to: the members of a list, and where one who has moved
 * is now. Each is looked up in turn, as what it is: a mailbox here, another
 * list, a mailbox elsewhere.
 */
#include "core/smtp/address.h"
#include "core/smtp/state.h"

const struct vb_found members_none = {
	.size = sizeof(struct vb_found),
	.kind = VB_LIST,
	.reaches_all = true,
};

void
members_complete(struct session *s, struct vb_found *f, struct vb_str domain)
{
	f->domain = domain;
	if (f->mailbox.n == 0 && f->user.n > 0)
		f->mailbox = address_write(s->command_arena, f->user, domain);
}

/*
 * Whom a table names by an address, with or without a route: VB_PENDING while
 * it is looked up. NULL when it is no address. Who wrote the table wants mail
 * to go there, whoever sends it.
 */
static const struct vb_found *
resolve_address(struct session *s, struct vb_str address, size_t first)
{
	struct arena *arena = s->command_arena;
	struct vb_str text = arena_printf(arena, "<%.*s>", VB_FMT(address));
	struct vb_path path;

	if (address_forward_path(arena, session_profile(s), &text, &path) !=
		ADDRESS_GOOD ||
	    text.n > 0)
		return NULL;
	return lookup_path(s, &path, first, true);
}

/* The first module to ask about a member: who names a final one has said all it
   knows, and so have those before it. */
static size_t
first_to_ask(const struct session *s, const struct vb_found *list,
    const struct vb_found *member)
{
	const struct module *m = modules_find(s->sites->modules, list->module);

	return member->is_final && m != NULL ? m->index + 1 : 0;
}

/* One member of a list: what it stands for, or VB_PENDING. */
static const struct vb_found *
resolve_member(struct session *s, const struct vb_found *list,
    const struct vb_found *member)
{
	const struct vb_found *found = NULL;
	struct vb_found *named;

	if (member->kind == VB_RELAY)
		found = resolve_address(
		    s, member->mailbox, first_to_ask(s, list, member));
	if (found == NULL)
		return member;
	if (found->kind == VB_PENDING ||
	    (member->full_name.n == 0 && found->kind != VB_RELAY))
		return found;
	named = arena_alloc(s->command_arena, sizeof(*named));
	*named = *found;
	if (member->full_name.n > 0)
		named->full_name = member->full_name;
	named->written = member->mailbox;
	return named;
}

static bool
is_reached(const struct vb_found *f)
{
	switch (f->kind) {
	case VB_MAILBOX:
		return true;
	case VB_LIST:
		return f->reaches_all;
	case VB_RELAY:
		return f->reply == 250;
	case VB_FORWARD:
		return f->reply == 251 || f->reply == 250;
	case VB_PENDING:
	case VB_AMBIGUOUS:
	case VB_NOBODY:
	case VB_CANNOT_TELL:
		break;
	}
	return false;
}

static bool
are_reached(const struct vb_found *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_reached(&items[i]))
			return false;
	return true;
}

/* False: a member must be waited for; the next time it goes on with that one.
 */
static bool
resolve_members(struct session *s, struct asked *a)
{
	struct vb_found *list = &a->answer, *one;

	if (a->members == NULL)
		a->members = arena_alloc(
		    s->command_arena, list->n_items * sizeof(*a->members));
	for (; a->n_members < list->n_items; a->n_members++) {
		one = &a->members[a->n_members];
		*one = *resolve_member(s, list, &list->items[a->n_members]);
		if (one->kind == VB_PENDING)
			return false;
		if (one->kind == VB_MAILBOX)
			members_complete(s, one, a->query.domain);
	}
	list->items = a->members;
	list->reaches_all = are_reached(list->items, list->n_items);
	return true;
}

/* Whom a forward leads to, which may be one of ours again. False: that must be
   waited for. */
static bool
resolve_forward(struct session *s, struct vb_found *forward)
{
	const struct vb_found *to;

	if (forward->reply != 251)
		return true;
	to = resolve_address(s, forward->mailbox, 0);
	if (to != NULL && to->kind == VB_PENDING)
		return false;
	if (to != NULL && to->kind == VB_CANNOT_TELL) {
		*forward = *to;
		return true;
	}
	if (to == NULL || to == &members_none || !is_reached(to)) {
		forward->reply = 551;
		return true;
	}
	forward->items = to;
	forward->n_items = 1;
	return true;
}

/* What is not in the answer, nobody can tell (RFC 5321 §3.4, §7.7). */
static void
hide(struct vb_found *forward)
{
	forward->mailbox = forward->written;
	forward->reply = forward->reply == 251 ? 250 : 550;
}

bool
members_resolve(struct session *s, struct asked *a)
{
	struct vb_found *answer = &a->answer;

	if (answer->kind == VB_LIST)
		return resolve_members(s, a);
	if (answer->kind != VB_FORWARD)
		return true;
	if (!resolve_forward(s, answer))
		return false;
	answer->written = address_write(
	    s->command_arena, a->query.name, a->query.domain);
	if (answer->kind == VB_FORWARD &&
	    s->scope->conf.forwards.value == FORWARDS_HIDE)
		hide(answer);
	return true;
}
