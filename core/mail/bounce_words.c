/* What a notification says to people. */
#include "core/base/clock.h"
#include "core/mail/bounce_parts.h"

static struct vb_str
said(const struct bounce_failure *f)
{
	if (f->text.n > 0)
		return f->text;
	return f->status.n > 0 ? f->status : VB_STR("no reason was given");
}

static void
add_reason(struct buffer *to, const struct bounce_failure *f)
{
	static const char indent[] = "      ";

	buffer_printf(to, indent);
	if (f->remote.n > 0) {
		bounce_add(to, f->remote);
		buffer_printf(to, " said:\r\n%s", indent);
	}
	bounce_fold(to, indent, said(f));
	buffer_printf(to, "\r\n");
	if (f->action == BOUNCE_DELAYED && f->until != 0) {
		char date[CLOCK_RFC5322_SIZE];

		clock_rfc5322(f->until, date);
		buffer_printf(
		    to, "%sIt will be tried until %s.\r\n", indent, date);
	}
}

/* The recipients with which that happened, below what happened. */
static void
add_group(struct buffer *to, const struct bounce *b, enum bounce_action action,
    const char *what)
{
	bool is_any = false;

	for (size_t i = 0; i < b->n_failures; i++) {
		const struct bounce_failure *f = &b->failures[i];

		if (f->action != action)
			continue;
		buffer_printf(to, "%s  <", is_any ? "" : what);
		bounce_add(to, f->recipient->mailbox);
		buffer_printf(to, ">\r\n");
		add_reason(to, f);
		buffer_printf(to, "\r\n");
		is_any = true;
	}
}

void
bounce_words(struct buffer *to, const struct bounce *b)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(b->envelope->arrived, date);
	buffer_printf(to, "This is the mail system at ");
	bounce_add(to, b->hostname);
	buffer_printf(to,
	    ". It is about the message\r\n"
	    "that you sent and that arrived here on %s.\r\n\r\n",
	    date);
	add_group(to, b, BOUNCE_FAILED,
	    "It could not be delivered to the following recipients, and will "
	    "not be\r\ntried again:\r\n\r\n");
	add_group(to, b, BOUNCE_DELAYED,
	    "It could not be delivered to the following recipients yet. You "
	    "need not\r\ndo anything, it will be tried again:\r\n\r\n");
	buffer_printf(to,
	    "Below, the same follows for programs, and the header of your "
	    "message.\r\n");
}

/* "JOE" of "JOE@HOSTW". */
static struct vb_str
local_part(struct vb_str mailbox)
{
	for (size_t i = mailbox.n; i > 0; i--)
		if (mailbox.p[i - 1] == '@')
			return (struct vb_str){ mailbox.p, i - 1 };
	return mailbox;
}

static void
add_rfc821(
    struct buffer *to, const struct bounce *b, const struct bounce_failure *f)
{
	bool is_lost = f->action == BOUNCE_FAILED;
	struct buffer line = { 0 };

	buffer_printf(&line, "%s %.*s, your message to %.*s %s.",
	    is_lost ? "Sorry" : "Patience",
	    VB_FMT(local_part(b->envelope->reverse_path)),
	    VB_FMT(f->recipient->mailbox), is_lost ? "lost" : "is late");
	buffer_printf(to, "  ");
	bounce_fold(to, "  ", buffer_str(&line));
	buffer_printf(to, "\r\n  ");
	bounce_add(to, f->remote.n > 0 ? f->remote : b->hostname);
	buffer_printf(to, " said this:\r\n   \"");
	bounce_fold(to, "    ", said(f));
	buffer_printf(to, "\"\r\n");
	buffer_finish(&line);
}

void
bounce_words_rfc821(struct buffer *to, const struct bounce *b)
{
	for (size_t i = 0; i < b->n_failures; i++)
		add_rfc821(to, b, &b->failures[i]);
}
