/*
 * What a notification says to programs: RFC 3464 §2, fields of the message and
 * then, behind an empty line each, those of the recipients.
 */
#include "core/base/clock.h"
#include "core/mail/bounce_parts.h"

static void
add_date(struct buffer *to, const char *field, int64_t seconds)
{
	char date[CLOCK_RFC5322_SIZE];

	if (seconds == 0)
		return;
	clock_rfc5322(seconds, date);
	buffer_printf(to, "%s: %s\r\n", field, date);
}

static void
add_field(struct buffer *to, const char *field, struct vb_str value)
{
	buffer_printf(to, "%s; ", field);
	bounce_add(to, value);
	buffer_printf(to, "\r\n");
}

/* Takes ".", if that is to come, and one to `most` digits. */
static bool
take_number(struct vb_str *text, bool with_dot, size_t most)
{
	size_t n = 0;

	if (with_dot) {
		if (text->n == 0 || *text->p != '.')
			return false;
		text->p++;
		text->n--;
	}
	while (n < text->n && text->p[n] >= '0' && text->p[n] <= '9')
		n++;
	text->p += n;
	text->n -= n;
	return n > 0 && n <= most;
}

/* RFC 3463 §2. */
static bool
is_status(struct vb_str text)
{
	if (text.n == 0 || strchr("245", *text.p) == NULL)
		return false;
	return take_number(&text, false, 1) && take_number(&text, true, 3) &&
	       take_number(&text, true, 3) && text.n == 0;
}

static struct vb_str
status(const struct bounce_failure *f)
{
	if (is_status(f->status))
		return f->status;
	return f->action == BOUNCE_FAILED ? VB_STR("5.0.0") : VB_STR("4.0.0");
}

/* §2.3.6: an SMTP reply, or words of our own modules. */
static void
add_diagnostic(struct buffer *to, const struct bounce_failure *f)
{
	if (f->text.n == 0)
		return;
	buffer_printf(to, "Diagnostic-Code: %s; ",
	    f->remote.n > 0 ? "smtp" : "x-verbena");
	bounce_fold(to, " ", f->text);
	buffer_printf(to, "\r\n");
}

static void
add_recipient(struct buffer *to, const struct bounce_failure *f)
{
	bool is_delayed = f->action == BOUNCE_DELAYED;

	buffer_printf(to, "\r\n");
	add_field(to, "Final-Recipient: rfc822", f->recipient->mailbox);
	buffer_printf(to, "Action: %s\r\nStatus: %.*s\r\n",
	    is_delayed ? "delayed" : "failed", VB_FMT(status(f)));
	if (f->remote.n > 0)
		add_field(to, "Remote-MTA: dns", f->remote);
	add_diagnostic(to, f);
	add_date(to, "Last-Attempt-Date", f->tried);
	if (is_delayed)
		add_date(to, "Will-Retry-Until", f->until);
}

void
bounce_status(struct buffer *to, const struct bounce *b)
{
	add_field(to, "Reporting-MTA: dns", b->hostname);
	add_date(to, "Arrival-Date", b->envelope->arrived);
	for (size_t i = 0; i < b->n_failures; i++)
		add_recipient(to, &b->failures[i]);
}
