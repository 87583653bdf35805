/* Whom a name leads to. */
#include "core/mail/leads.h"

#include <string.h>

#include "core/smtp/address.h"

void
leads_open(struct leads *l, struct arena *arena)
{
	*l = (struct leads){ .arena = arena };
	l->last = &l->next;
}

void
leads_finish(struct leads *l)
{
	map_finish(&l->seen);
}

static bool
is_new(struct leads *l, struct vb_str key)
{
	if (map_find(&l->seen, key) != NULL)
		return false;
	map_add(&l->seen, arena_alloc(l->arena, sizeof(struct map_node)), key);
	return true;
}

void
leads_add_name(struct leads *l, struct vb_str text, struct vb_str behind)
{
	struct lead *lead;

	if (!is_new(l, arena_printf(l->arena, "name %.*s %.*s", VB_FMT(behind),
			   VB_FMT(text))))
		return;
	lead = arena_alloc(l->arena, sizeof(*lead));
	lead->text = text;
	lead->behind = behind;
	*l->last = lead;
	l->last = &lead->next;
	l->n_names++;
}

const struct lead *
leads_take(struct leads *l)
{
	const struct lead *lead = l->next;

	if (lead == NULL)
		return NULL;
	l->next = lead->next;
	if (l->next == NULL)
		l->last = &l->next;
	return lead;
}

/* Ours are the same in any case of letters, as for RCPT; others are not. */
static bool
is_new_recipient(struct leads *l, const struct recipient *to)
{
	return is_new(l, arena_printf(l->arena, "to %d %.*s", (int)to->kind,
			     VB_FMT(to->kind == RECIPIENT_LOCAL
					? arena_lower(l->arena, to->mailbox)
					: to->mailbox)));
}

static void
add(struct leads *l, const struct recipient *to)
{
	struct recipient *more;

	if (!is_new_recipient(l, to))
		return;
	if (l->n == l->room) {
		l->room = 2 * l->room + 1;
		more = arena_alloc(l->arena, l->room * sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->to, l->n * sizeof(*more));
		l->to = more;
	}
	l->to[l->n++] = *to;
}

void
leads_add_remote(struct leads *l, struct vb_str mailbox, struct vb_str host)
{
	add(l,
	    &(struct recipient){
		.kind = RECIPIENT_REMOTE, .mailbox = mailbox, .domain = host });
}

void
leads_add_failed(struct leads *l, struct vb_str mailbox, const char *status,
    const char *text)
{
	add(l, &(struct recipient){ .kind = RECIPIENT_FAILED,
		   .mailbox = mailbox,
		   .user = vb_str(status),
		   .home = vb_str(text) });
}

static void
add_mailbox(struct leads *l, const struct vb_found *whom, struct vb_str domain)
{
	add(l, &(struct recipient){ .kind = RECIPIENT_LOCAL,
		   .mailbox = whom->mailbox.n > 0
	                          ? whom->mailbox
	                          : address_write(l->arena, whom->user, domain),
		   .user = whom->user,
		   .domain = domain,
		   .home = whom->home });
}

/* `module` has found it. */
static void
follow(struct leads *l, const struct vb_found *whom, struct vb_str module,
    const struct vb_path *asked)
{
	switch (whom->kind) {
	case VB_MAILBOX:
		add_mailbox(l, whom, asked->domain);
		break;
	case VB_FORWARD:
	case VB_RELAY:
		leads_add_name(
		    l, whom->mailbox, whom->is_final ? module : VB_STR(""));
		break;
	case VB_LIST:
		for (size_t i = 0; i < whom->n_items; i++)
			follow(l, &whom->items[i], module, asked);
		break;
	case VB_PENDING:
	case VB_AMBIGUOUS:
	case VB_NOBODY:
	case VB_CANNOT_TELL:
		leads_add_failed(l, asked->mailbox, "5.2.4",
		    "has a member that gets no mail");
		break;
	}
}

void
leads_add_found(
    struct leads *l, const struct vb_found *found, const struct vb_path *asked)
{
	follow(l, found, found->module, asked);
}
