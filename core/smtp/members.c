/*
 * Whom an answer leads to: the members of a list, each looked up in turn, as
 * what it is: a mailbox here, another list, an address elsewhere.
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
	const struct vb_found *found;
	struct vb_found *named;
	struct vb_path path;

	if (member->kind != VB_RELAY ||
	    address_mailbox(s->command_arena, session_profile(s),
		member->mailbox, &path) != ADDRESS_GOOD)
		return member;
	found = lookup_path(s, &path, first_to_ask(s, list, member));
	if (found->kind == VB_RELAY)
		return member;
	if (member->full_name.n == 0 || found->kind == VB_PENDING)
		return found;
	named = arena_alloc(s->command_arena, sizeof(*named));
	*named = *found;
	named->full_name = member->full_name;
	return named;
}

static bool
is_reached(const struct vb_found *f)
{
	return f->kind == VB_MAILBOX || (f->kind == VB_LIST && f->reaches_all);
}

static bool
are_reached(const struct vb_found *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_reached(&items[i]))
			return false;
	return true;
}

bool
members_resolve(struct session *s, struct asked *a)
{
	struct vb_found *list = &a->answer, *one;

	if (list->kind != VB_LIST)
		return true;
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
