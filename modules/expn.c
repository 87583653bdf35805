/*
 * EXPN: who is on this list (RFC 5321 §3.5.2, §4.1.1.7; RFC 821 §3.3)?
 *
 *	EXPN SP <string>
 *
 *	250	the members, one mailbox a line
 *	550	no such list, or a list whose members are nobody's business
 *	252	we do not say; or cannot find out now (504 in profile rfc821)
 *
 * One level is expanded: a list on a list is shown by its mailbox. What is no
 * mailbox (a program, a file, an included file) is never shown, nor who owns a
 * list.
 */
#include <verbena/module.h>

#include "shown.h"

struct expn_conf {
	struct vb_choice disclose; /* enum shown */
	int members;
};

static const struct vb_option options[] = {
	VB_OPTION(struct expn_conf, disclose, "none",
	    "What clients are told: nothing (252; 504 in profile rfc821); local: "
	    "the members that have their mailboxes here; full: all members.",
	    .choices = SHOWN_CHOICES),
	VB_OPTION(struct expn_conf, members, "100",
	    "How many members are listed. If there are more, a line says so.",
	    .min = 1, .max = 10000),
	{ 0 },
};

/* A reply of several lines, of which the last one is known only at its end. */
struct listing {
	struct vb_session *s;
	struct vb_str line; /* not yet said; empty: there is none */
	size_t n, left_out;
};

static void
add(struct listing *l, struct vb_str line)
{
	if (l->line.n > 0)
		vb_reply_more(l->s, 250, "2.1.5", "%.*s", VB_FMT(l->line));
	l->line = line;
	l->n++;
}

/* RFC 5321 §3.9: "owner-people" gets what cannot be delivered to people. */
static bool
is_owner(struct vb_str mailbox)
{
	const struct vb_str mark = VB_STR("owner-");

	return mailbox.n >= mark.n &&
	       vb_str_ieq((struct vb_str){ mailbox.p, mark.n }, mark);
}

static bool
may_show(const struct vb_found *member, const struct expn_conf *c)
{
	if (member->mailbox.n == 0 || is_owner(member->mailbox))
		return false;
	switch (member->kind) {
	case VB_MAILBOX:
	case VB_LIST:
		return true;
	case VB_FORWARD:
	case VB_RELAY:
		return c->disclose.value == SHOWN_FULL;
	case VB_PENDING:
	case VB_AMBIGUOUS:
	case VB_NOBODY:
	case VB_CANNOT_TELL:
		break;
	}
	return false;
}

static enum vb_verdict
expand(struct vb_session *s, const struct vb_found *list,
    const struct expn_conf *c)
{
	struct listing l = { .s = s };

	if (list->is_private || is_owner(list->mailbox))
		return vb_reply(s, 550, "5.7.2", "Access Denied to You");
	for (size_t i = 0; i < list->n_items; i++) {
		if (!may_show(&list->items[i], c))
			continue;
		if (l.n < (size_t)c->members)
			add(&l, shown(s, &list->items[i]));
		else
			l.left_out++;
	}
	if (l.n == 0)
		return vb_reply(s, 550, "5.7.2", "Access Denied to You");
	if (l.left_out > 0)
		add(&l, vb_print(s, "and %zu more", l.left_out));
	return vb_reply(s, 250, "2.1.5", "%.*s", VB_FMT(l.line));
}

static enum vb_verdict
expn(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct expn_conf *c = conf;
	const struct vb_found *found;

	if (c->disclose.value == SHOWN_NONE)
		return shown_nothing(s, "Lists are not expanded here");
	found = vb_lookup_text(s, a->text);
	switch (found->kind) {
	case VB_PENDING:
		return VB_WAIT;
	case VB_LIST:
		return expand(s, found, c);
	case VB_MAILBOX:
	case VB_FORWARD:
		return vb_reply(
		    s, 550, "5.1.3", "That is a user name, not a mailing list");
	case VB_CANNOT_TELL:
		return shown_nothing(s, "Cannot find that out now");
	case VB_AMBIGUOUS:
	case VB_RELAY:
	case VB_NOBODY:
		break;
	}
	return vb_reply(s, 550, "5.1.1", "No such mailing list here");
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "EXPN",
	    .syntax = "EXPN <mailing list>",
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250 252 504 550", .rfc821 = "250 504 550" },
	    .failure = 504,
	    .help = "Tells who is on a mailing list, a mailbox a line.",
	    .reference = "RFC 5321 §4.1.1.7",
	    .run = expn,
	},
	{ 0 },
};

VB_MODULE(expn, "1.0"){
	.about =
	    "the EXPN verb: members of a list (RFC 5321 §4.1.1.7, RFC 821 §3.3)",
	.conf_size = sizeof(struct expn_conf),
	.options = options,
	.verbs = verbs,
};
