/*
 * The seven verbs of the RFC 821 minimum (§4.5.1).
 *
 *	HELO SP domain				250 | 504 550		§4.1.1.1
 *	MAIL SP FROM:<reverse-path>		250 | 552 451 452	§4.1.1.2
 *	RCPT SP TO:<forward-path>		250 251 | 55x 45x	§4.1.1.3
 *	DATA					354, 250 | 55x 45x	§4.1.1.4
 *	RSET					250			§4.1.1.5
 *	NOOP					250			§4.1.1.9
 *	QUIT					221 §4.1.1.10
 *
 * The sections are those of RFC 5321; §4.3.2 has the reply codes, RFC 821 §4.3
 * those of profile rfc821.
 */
#include <verbena/module.h>

static enum vb_verdict
helo(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	vb_greet(s, a->text, false);
	return vb_reply(s, 250, NULL, "%.*s", VB_FMT(vb_client(s)->hostname));
}

/*
 * RFC 5321 §4.1.4 refuses MAIL within a transaction; in RFC 821 §4.1.1 it
 * clears the buffers and begins a new one.
 */
static enum vb_verdict
mail(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	if (vb_transaction(s) != NULL && !vb_client(s)->is_rfc821)
		return vb_reply(
		    s, 503, "5.5.1", "A transaction is open: say RSET first");
	vb_open(s, "mail", &a->path);
	return vb_reply(s, 250, "2.1.0", "OK");
}

static enum vb_verdict
too_many(struct vb_session *s)
{
	return vb_reply(s, vb_client(s)->is_rfc821 ? 552 : 452, "4.5.3",
	    "Too many recipients");
}

static enum vb_verdict
add(struct vb_session *s, const struct vb_found *whom)
{
	if (vb_add_recipient(s, whom))
		return vb_reply(s, 250, "2.1.5", "OK");
	return too_many(s);
}

/* What is sent to terminals alone needs no room (RFC 821 §3.4). */
static bool
is_for_mailboxes(const struct vb_session *s)
{
	return !vb_str_eq(vb_str(vb_transaction(s)->kind), VB_STR("send"));
}

/* RFC 3463: 5.2.2 is a mailbox that is full. */
static enum vb_verdict
add_mailbox(struct vb_session *s, const struct vb_found *whom)
{
	if (!is_for_mailboxes(s))
		return add(s, whom);
	switch (vb_room(s, whom)) {
	case VB_ROOM_PENDING:
		return VB_WAIT;
	case VB_ROOM_LEFT:
		return add(s, whom);
	case VB_ROOM_NONE:
		return vb_reply(s, 552, "5.2.2", "Mailbox full");
	case VB_ROOM_UNKNOWN:
		break;
	}
	return vb_reply(s, 451, "4.3.0",
	    "Cannot look into that mailbox now, try again later");
}

/* A list that does not reach all its members is not mailed to: what was not
   sent would be lost without a word. */
static enum vb_verdict
add_list(struct vb_session *s, const struct vb_found *list)
{
	if (list->reaches_all)
		return add(s, list);
	return vb_reply(s, 550, "5.7.1",
	    "This list has members elsewhere, and mail is not relayed");
}

static enum vb_verdict
add_elsewhere(struct vb_session *s, const struct vb_found *whom)
{
	if (whom->reply == 553)
		return vb_reply(s, 553, "5.7.1",
		    "Source routes are not taken; write to <%.*s>",
		    VB_FMT(whom->mailbox));
	if (whom->reply != 250)
		return vb_reply(s, 550, "5.7.1",
		    "Not a domain of this server, and mail is not relayed");
	switch (vb_room(s, whom)) {
	case VB_ROOM_PENDING:
		return VB_WAIT;
	case VB_ROOM_LEFT:
		return add(s, whom);
	case VB_ROOM_NONE:
		return vb_reply(s, 452, "4.3.1",
		    "Too much mail waits for that domain already");
	case VB_ROOM_UNKNOWN:
		break;
	}
	return vb_reply(s, 451, "4.3.0",
	    "Cannot look at what waits for that domain now, try again later");
}

static enum vb_verdict
nobody(struct vb_session *s)
{
	return vb_reply(s, 550, "5.1.1", "No such user here");
}

/* Accept or refuse, and tell, or do not (RFC 5321 §3.4). */
static enum vb_verdict
moved(struct vb_session *s, const struct vb_found *whom)
{
	if (whom->reply == 250)
		return add(s, whom);
	if (whom->reply == 550)
		return nobody(s);
	if (whom->reply != 251)
		return vb_reply(s, 551, "5.1.6",
		    "User not local; please try <%.*s>", VB_FMT(whom->mailbox));
	if (!vb_add_recipient(s, whom))
		return too_many(s);
	return vb_reply(s, 251, "2.1.5",
	    "User not local; will forward to <%.*s>", VB_FMT(whom->mailbox));
}

static enum vb_verdict
rcpt(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct vb_found *whom = vb_lookup(s, &a->path);

	(void)conf;
	switch (whom->kind) {
	case VB_PENDING:
		return VB_WAIT;
	case VB_MAILBOX:
		return add_mailbox(s, whom);
	case VB_LIST:
		return add_list(s, whom);
	case VB_FORWARD:
		return moved(s, whom);
	case VB_AMBIGUOUS:
		return vb_reply(s, 553, "5.1.4", "Ambiguous");
	case VB_RELAY:
		return add_elsewhere(s, whom);
	case VB_NOBODY:
		return nobody(s);
	case VB_CANNOT_TELL:
		break;
	}
	return vb_reply(
	    s, 451, "4.3.0", "Cannot look that up now, try again later");
}

static enum vb_verdict
data(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)a, (void)conf;
	return vb_take_message(
	    s, 354, "Start mail input; end with <CRLF>.<CRLF>");
}

static enum vb_verdict
end_of_data(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)a, (void)conf;
	return vb_commit(s);
}

static enum vb_verdict
rset(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)a, (void)conf;
	vb_reset(s);
	return vb_reply(s, 250, "2.0.0", "OK");
}

static enum vb_verdict
noop(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)a, (void)conf;
	return vb_reply(s, 250, "2.0.0", "OK");
}

static enum vb_verdict
quit(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)a, (void)conf;
	vb_close(s);
	return vb_reply(s, 221, "2.0.0",
	    "%.*s Service closing transmission channel",
	    VB_FMT(vb_client(s)->hostname));
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "HELO",
	    .syntax = "HELO <domain>",
	    .form = VB_ARG_DOMAIN,
	    .point = VB_AT_HELO,
	    .codes = { .rfc5321 = "250 504 550", .rfc821 = "250 504" },
	    .failure = 421,
	    .ehlo = "",
	    .help = "Says who you are. Drops a transaction that is open.",
	    .reference = "RFC 5321 §4.1.1.1",
	    .run = helo,
	},
	{
	    VB_VERB,
	    .name = "MAIL",
	    .syntax = "MAIL FROM:<reverse-path>",
	    .when = VB_GREETED,
	    .form = VB_ARG_FROM,
	    .point = VB_AT_MAIL,
	    .codes = { .rfc5321 = "250 552 451 452 550 553 503 455 555",
		.rfc821 = "250 552 451 452 503" },
	    .ehlo = "",
	    .help = "Begins a message. The path is where a notice goes if it "
		    "cannot be delivered; <> means nowhere.",
	    .reference = "RFC 5321 §4.1.1.2",
	    .run = mail,
	},
	{
	    VB_VERB,
	    .name = "RCPT",
	    .syntax = "RCPT TO:<forward-path>",
	    .when = VB_GREETED | VB_TRANSACTION,
	    .form = VB_ARG_TO,
	    .point = VB_AT_RCPT,
	    .codes = { .rfc5321 = "250 251 550 551 552 553 450 451 452 503 "
				  "455 555",
		.rfc821 = "250 251 550 551 552 553 450 451 452 503" },
	    .ehlo = "",
	    .help = "Names a recipient. Say it again for each.",
	    .reference = "RFC 5321 §4.1.1.3",
	    .run = rcpt,
	},
	{
	    VB_VERB,
	    .name = "DATA",
	    .syntax = "DATA",
	    .when = VB_GREETED | VB_RECIPIENT,
	    .point = VB_AT_DATA,
	    .codes = { .rfc5321 = "354 451 503 554",
		.rfc821 = "354 451 503 554" },
	    .more_codes = { .rfc5321 = "250 552 554 451 452 450 550",
		.rfc821 = "250 552 554 451 452" },
	    .ehlo = "",
	    .help = "Sends the message: lines, and then a dot alone on a line. "
		    "A line of its own that begins with a dot gets one more.",
	    .reference = "RFC 5321 §4.1.1.4",
	    .run = data,
	    .more = end_of_data,
	},
	{
	    VB_VERB,
	    .name = "RSET",
	    .syntax = "RSET",
	    .codes = { .rfc5321 = "250", .rfc821 = "250 504" },
	    .failure = 421,
	    .ehlo = "",
	    .help = "Drops the transaction that is open, if any.",
	    .reference = "RFC 5321 §4.1.1.5",
	    .run = rset,
	},
	{
	    VB_VERB,
	    .name = "NOOP",
	    .syntax = "NOOP [<string>]",
	    .form = VB_ARG_OPTIONAL,
	    .codes = { .rfc5321 = "250", .rfc821 = "250" },
	    .failure = 421,
	    .ehlo = "",
	    .help = "Does nothing.",
	    .reference = "RFC 5321 §4.1.1.9",
	    .run = noop,
	},
	{
	    VB_VERB,
	    .name = "QUIT",
	    .syntax = "QUIT",
	    .codes = { .rfc5321 = "221", .rfc821 = "221" },
	    .failure = 421,
	    .ehlo = "",
	    .help = "Ends the session.",
	    .reference = "RFC 5321 §4.1.1.10",
	    .run = quit,
	},
	{ 0 },
};

VB_MODULE(basic, "1.0"){
	.about =
	    "HELO MAIL RCPT DATA RSET NOOP QUIT (RFC 821 §4.5.1, RFC 5321)",
	.verbs = verbs,
};
