/*
 * SEND, SOML, SAML: to people at their terminals (RFC 821 §3.4, §4.1.1;
 * RFC 5321 §F.6).
 *
 *	SEND SP FROM:<reverse-path>	to terminals; never to a mailbox
 *	SOML SP FROM:<reverse-path>	to a terminal, or else to the mailbox
 *	SAML SP FROM:<reverse-path>	to the mailbox, and to terminals as well
 *
 *	250 | 552 451 452	as MAIL
 *
 * Each opens a transaction of its kind, in which RCPT and DATA go on as ever:
 *
 *	RCPT	450 SEND: not active, or does not want to be written to
 *		550 SEND: not a user of this server, or not one
 *	DATA	SEND: 250 when one recipient was shown the message; for the
 *		others the sender gets a notice by mail. 451 when none was.
 *
 * SEND tells who is here; so it is for whoever has it enabled. SOML and SAML
 * tell nothing unless `presence` says so.
 */
#include <verbena/module.h>

enum presence { PRESENCE_HIDE, PRESENCE_TELL };

struct send_conf {
	struct vb_choice presence; /* enum presence */
};

static const struct vb_option options[] = {
	VB_OPTION(struct send_conf, presence, "hide",
	    "Whether RCPT and DATA of SOML and SAML tell who is at a terminal: "
	    "hide, the answers are the same whoever is here; tell, as in RFC "
	    "821. SEND always tells: enable it for whom you trust.",
	    .choices = "hide|tell"),
	{ 0 },
};

static bool
is_kind(const struct vb_session *s, const char *kind)
{
	const struct vb_transaction *t = vb_transaction(s);

	return t != NULL && vb_str_eq(vb_str(t->kind), vb_str(kind));
}

static bool
tells(const void *conf)
{
	const struct send_conf *c = conf;

	return c->presence.value == PRESENCE_TELL;
}

static enum vb_verdict
begin(struct vb_session *s, const struct vb_argument *a, const char *kind)
{
	if (vb_transaction(s) != NULL && !vb_client(s)->is_rfc821)
		return vb_reply(
		    s, 503, "5.5.1", "A transaction is open: say RSET first");
	vb_open(s, kind, &a->path);
	vb_keep(s);
	return vb_reply(s, 250, "2.1.0", "OK");
}

static enum vb_verdict
send_verb(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return begin(s, a, "send");
}

static enum vb_verdict
soml_verb(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return begin(s, a, "soml");
}

static enum vb_verdict
saml_verb(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return begin(s, a, "saml");
}

static bool
is_forwarded(const struct vb_found *whom)
{
	return whom->kind == VB_FORWARD &&
	       (whom->reply == 251 || whom->reply == 250);
}

/* The one user here whom an address leads to, or NULL. A list of one is another
   name for that one. */
static const struct vb_found *
only_one(const struct vb_found *whom)
{
	while (
	    (whom->kind == VB_LIST || is_forwarded(whom)) && whom->n_items == 1)
		whom = whom->items;
	return whom->kind == VB_MAILBOX ? whom : NULL;
}

/* RCPT itself has an answer to these, whatever the kind. */
static bool
is_refused_anyway(const struct vb_found *whom)
{
	return whom->kind == VB_AMBIGUOUS || whom->kind == VB_NOBODY ||
	       whom->kind == VB_CANNOT_TELL ||
	       (whom->kind == VB_FORWARD && !is_forwarded(whom));
}

static enum vb_verdict
judge_for_send(struct vb_session *s, const struct vb_found *whom)
{
	const struct vb_found *one = only_one(whom);

	if (is_refused_anyway(whom))
		return VB_NEXT;
	if (one == NULL)
		return vb_reply(
		    s, 550, "5.7.1", "SEND is for single users of this server");
	switch (vb_presence(s, one)) {
	case VB_PRESENCE_PENDING:
		return VB_WAIT;
	case VB_PRESENCE_HERE:
		return VB_NEXT;
	case VB_PRESENCE_AWAY:
		return vb_reply(s, 450, "4.2.1", "User not active now");
	case VB_PRESENCE_UNKNOWN:
		break;
	}
	return vb_reply(
	    s, 451, "4.3.0", "Cannot look at terminals now, try again later");
}

/* RFC 821, scenario 6. */
static enum vb_verdict
remark(struct vb_session *s, const struct vb_found *whom)
{
	const struct vb_found *one = only_one(whom);

	if (one == NULL)
		return VB_NEXT;
	switch (vb_presence(s, one)) {
	case VB_PRESENCE_PENDING:
		return VB_WAIT;
	case VB_PRESENCE_HERE:
		break;
	case VB_PRESENCE_AWAY:
	case VB_PRESENCE_UNKNOWN:
		vb_remark(s, "User not active now, so will do mail");
		break;
	}
	return VB_NEXT;
}

static enum vb_verdict
at_rcpt(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	bool is_send = is_kind(s, "send");
	const struct vb_found *whom;

	if (!is_send &&
	    (!tells(conf) || (!is_kind(s, "soml") && !is_kind(s, "saml"))))
		return VB_NEXT;
	whom = vb_lookup(s, &event->argument->path);
	if (whom->kind == VB_PENDING)
		return VB_WAIT;
	return is_send ? judge_for_send(s, whom) : remark(s, whom);
}

/* How many of the recipients were shown the message; all are asked at once. */
struct tally {
	size_t recipients, pending, shown;
};

static struct tally
show_all(struct vb_session *s, bool is_mailed)
{
	struct tally t = { 0 };

	for (; vb_recipient(s, t.recipients) != NULL; t.recipients++) {
		enum vb_shown shown = vb_show(s, t.recipients, is_mailed);

		if (shown == VB_SHOWN_PENDING)
			t.pending++;
		else if (shown != VB_SHOWN_NOT)
			t.shown++;
	}
	return t;
}

static enum vb_verdict
finish_send(struct vb_session *s)
{
	const struct tally t = show_all(s, false);

	if (t.pending > 0)
		return VB_WAIT;
	if (t.shown == 0)
		return vb_reply(s, 451, "4.2.1", "User not active any more");
	for (size_t n = 0; n < t.recipients; n++)
		if (vb_show(s, n, false) == VB_SHOWN_NOT)
			vb_settle(s, n, VB_NEVER, "5.2.1",
			    "not shown: the user is not active any more");
		else
			vb_settle(s, n, VB_DELIVERED, NULL, NULL);
	vb_remark(s, "OK, shown to %zu of %zu", t.shown, t.recipients);
	return VB_NEXT;
}

/* Who was shown only a part gets it by mail as well: nothing is lost. */
static enum vb_verdict
finish_soml(struct vb_session *s, const void *conf)
{
	const struct tally t = show_all(s, true);

	if (t.pending > 0)
		return VB_WAIT;
	for (size_t n = 0; n < t.recipients; n++)
		if (vb_show(s, n, true) == VB_SHOWN_ALL)
			vb_settle(s, n, VB_DELIVERED, NULL, NULL);
	if (tells(conf))
		vb_remark(s, "OK, shown to %zu of %zu", t.shown, t.recipients);
	else
		vb_remark(
		    s, "OK, taken as %.*s", VB_FMT(vb_transaction(s)->id));
	return VB_NEXT;
}

static enum vb_verdict
at_message(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)event;
	if (is_kind(s, "send"))
		return finish_send(s);
	if (is_kind(s, "soml"))
		return finish_soml(s, conf);
	return VB_NEXT;
}

/* It is safe in the mailbox, or on its way there. */
static enum vb_verdict
at_stored(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)event, (void)conf;
	if (is_kind(s, "saml"))
		show_all(s, true);
	return VB_NEXT;
}

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_RCPT, .run = at_rcpt },
	{ VB_HOOK, .point = VB_AT_MESSAGE, .run = at_message },
	{ VB_HOOK, .point = VB_AT_STORED, .run = at_stored },
	{ 0 },
};

/* clang-format off */

/* MAIL's row, but for these. */
#define ROW(name_, run_, help_) {					\
	VB_VERB,							\
	.name = name_,							\
	.syntax = name_ " FROM:<reverse-path>",				\
	.when = VB_GREETED,						\
	.form = VB_ARG_FROM,						\
	.point = VB_AT_MAIL,						\
	.codes = { .rfc5321 = "250 552 451 452 550 553 503 455 555",	\
	    .rfc821 = "250 552 451 452 503" },				\
	.help = help_,							\
	.reference = "RFC 821 §3.4",					\
	.run = run_							\
}

/* clang-format on */

static const struct vb_verb verbs[] = {
	ROW("SEND", send_verb,
	    "Begins a message that is shown to people at their terminals, now, "
	    "and put into no mailbox."),
	ROW("SOML", soml_verb,
	    "Begins a message that is shown to people at their terminals, or "
	    "else put into their mailboxes."),
	ROW("SAML", saml_verb,
	    "Begins a message that is put into mailboxes, and shown at "
	    "terminals as well."),
	{ 0 },
};

VB_MODULE(send, "1.0"){
	.about = "SEND SOML SAML: to people at their terminals (RFC 821 §3.4)",
	.conf_size = sizeof(struct send_conf),
	.options = options,
	.verbs = verbs,
	.hooks = hooks,
};
