/*
 * VRFY: who is this (RFC 5321 §3.5.1, §4.1.1.6, §7.3; RFC 821 §3.3)?
 *
 *	VRFY SP <string>
 *
 *	250	Full Name <mailbox>: mail to it arrives here, or is forwarded
 *		and nobody is told where
 *	251	not here any more, but mail is forwarded to <mailbox>
 *	551	not here any more: try <mailbox>
 *	550	nobody; or a list that does not reach all its members
 *	553	ambiguous, with candidates where the policy is to list them
 *	252	we do not say; or cannot find out now (504 in profile rfc821)
 *
 * A 250 is never said on the strength of the syntax alone. Who may be told
 * nothing is told so before anything is looked up, so that the time it takes
 * tells nothing either.
 */
#include <verbena/module.h>

#include "shown.h"

struct vrfy_conf {
	struct vb_choice disclose; /* enum shown */
	int candidates;
};

static const struct vb_option options[] = {
	VB_OPTION(struct vrfy_conf, disclose, "none",
	    "What clients are told: nothing (252; 504 in profile rfc821); local: "
	    "whether there is such an address here; full: also where those are "
	    "who are not here any more, if forwards = \"tell\".",
	    .choices = SHOWN_CHOICES),
	VB_OPTION(struct vrfy_conf, candidates, "0",
	    "With disclose = \"full\": how many of those that an ambiguous name "
	    "fits are listed.",
	    .max = 100),
	{ 0 },
};

static enum vb_verdict
ambiguous(struct vb_session *s, const struct vb_found *whom,
    const struct vrfy_conf *c)
{
	size_t most = c->disclose.value == SHOWN_FULL ? (size_t)c->candidates
	                                              : 0;
	size_t n = whom->n_items < most ? whom->n_items : most;

	if (n == 0)
		return vb_reply(s, 553, "5.1.4", "User ambiguous");
	vb_reply_more(s, 553, "5.1.4", "User ambiguous; possibilities are");
	for (size_t i = 0; i + 1 < n; i++)
		vb_reply_more(
		    s, 553, "5.1.4", "%.*s", VB_FMT(shown(s, &whom->items[i])));
	return vb_reply(
	    s, 553, "5.1.4", "%.*s", VB_FMT(shown(s, &whom->items[n - 1])));
}

static enum vb_verdict
nobody(struct vb_session *s)
{
	return vb_reply(s, 550, "5.1.1", "String does not match anything");
}

/* Who is told where (RFC 5321 §3.4)? To others it is an address like any here,
   or none. */
static enum vb_verdict
forwarded(struct vb_session *s, const struct vb_found *whom,
    const struct vrfy_conf *c)
{
	const bool tells = c->disclose.value == SHOWN_FULL;
	struct vb_str to = shown_mailbox(s, whom);

	if (whom->reply == 251 && tells)
		return vb_reply(s, 251, "2.1.5",
		    "User not local; will forward to <%.*s>", VB_FMT(to));
	if (whom->reply == 551 && tells)
		return vb_reply(s, 551, "5.1.6",
		    "User not local; please try <%.*s>", VB_FMT(to));
	if (whom->reply == 251 || whom->reply == 250)
		return vb_reply(
		    s, 250, "2.1.5", "<%.*s>", VB_FMT(whom->written));
	return nobody(s);
}

/* RFC 5321 §3.5.3: who could relay a message to it cannot verify it. */
static enum vb_verdict
elsewhere(struct vb_session *s, const struct vb_found *whom)
{
	if (whom->reply == 250)
		return shown_nothing(s, "Cannot tell, but will take mail");
	return vb_reply(s, 550, "5.1.2", "Not a domain of this server");
}

/* RFC 821 §3.3: yes, if mail to it reaches everyone on it. A list of one
   mailbox is another name for that one. */
static enum vb_verdict
list(struct vb_session *s, const struct vb_found *whom)
{
	const struct vb_found *one = whom->n_items == 1 && !whom->is_private
	                                 ? &whom->items[0]
	                                 : NULL;

	if (one != NULL && one->kind == VB_MAILBOX)
		return vb_reply(s, 250, "2.1.5", "%.*s", VB_FMT(shown(s, one)));
	if (whom->reaches_all)
		return vb_reply(
		    s, 250, "2.1.5", "%.*s", VB_FMT(shown(s, whom)));
	return vb_reply(s, 550, "5.1.3", "That is a mailing list, not a user");
}

static enum vb_verdict
tell(struct vb_session *s, const struct vb_found *whom,
    const struct vrfy_conf *c)
{
	switch (whom->kind) {
	case VB_PENDING:
		return VB_WAIT;
	case VB_MAILBOX:
		return vb_reply(
		    s, 250, "2.1.5", "%.*s", VB_FMT(shown(s, whom)));
	case VB_LIST:
		return list(s, whom);
	case VB_FORWARD:
		return forwarded(s, whom, c);
	case VB_AMBIGUOUS:
		return ambiguous(s, whom, c);
	case VB_RELAY:
		return elsewhere(s, whom);
	case VB_NOBODY:
		return nobody(s);
	case VB_CANNOT_TELL:
		break;
	}
	return shown_nothing(s, "Cannot find that out now, but will take mail");
}

static enum vb_verdict
vrfy(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct vrfy_conf *c = conf;

	if (c->disclose.value == SHOWN_NONE)
		return shown_nothing(
		    s, "Users are not told here, but mail to them is taken");
	return tell(s, vb_lookup_text(s, a->text), c);
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "VRFY",
	    .syntax = "VRFY <user name or mailbox>",
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250 251 252 504 550 551 553",
		.rfc821 = "250 251 504 550 551 553" },
	    .failure = 504,
	    .help = "Tells who somebody is: a user name, a full name or a "
		    "surname, or a mailbox.",
	    .reference = "RFC 5321 §4.1.1.6",
	    .run = vrfy,
	},
	{ 0 },
};

VB_MODULE(vrfy, "1.0"){
	.about = "the VRFY verb: who is this (RFC 5321 §4.1.1.6, RFC 821 §3.3)",
	.conf_size = sizeof(struct vrfy_conf),
	.options = options,
	.verbs = verbs,
};
