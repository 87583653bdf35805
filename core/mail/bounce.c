/* A notification as a whole: its header, and its parts. */
#include "core/mail/bounce.h"

#include "core/base/clock.h"
#include "core/mail/bounce_parts.h"

/* Longer ids are cut for the boundary (RFC 2046 §5.1.1: 70 octets at most). */
enum { ID_MOST = 40, ADDRESS_MOST = 900 };

struct parts {
	struct buffer words, status, header;
	bool is_quoted; /* the header */
};

bool
bounce_is_due(const struct envelope *envelope)
{
	return envelope->reverse_path.n > 0;
}

/* An address that no header field could hold as it is, is not shown: who gets
   the message, the envelope says. */
static bool
can_be_shown(struct vb_str mailbox)
{
	for (size_t i = 0; i < mailbox.n; i++)
		if (mailbox.p[i] < 0x20 || mailbox.p[i] >= 0x7f)
			return false;
	return mailbox.n <= ADDRESS_MOST;
}

static void
add_to(struct buffer *to, struct vb_str mailbox)
{
	if (!can_be_shown(mailbox))
		mailbox = VB_STR("undisclosed-recipients:;");
	buffer_printf(to, "To: %.*s\r\n", VB_FMT(mailbox));
}

static void
write_rfc821(struct buffer *to, const struct bounce *b)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc821(b->now, date);
	buffer_printf(to, "Date: %s\r\nFrom: SMTP@", date);
	bounce_add(to, b->hostname);
	buffer_printf(to, "\r\n");
	add_to(to, b->envelope->reverse_path);
	buffer_printf(to, "Subject: Mail System Problem\r\n\r\n");
	bounce_words_rfc821(to, b);
}

static bool
has_failed(const struct bounce *b)
{
	for (size_t i = 0; i < b->n_failures; i++)
		if (b->failures[i].action == BOUNCE_FAILED)
			return true;
	return false;
}

static void
add_header(struct buffer *to, const struct bounce *b, const char *boundary)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(b->now, date);
	buffer_printf(to, "From: Mail Delivery System <MAILER-DAEMON@");
	bounce_add(to, b->hostname);
	buffer_printf(to, ">\r\n");
	add_to(to, b->envelope->reverse_path);
	buffer_printf(to, "Subject: %s\r\nDate: %s\r\nMessage-ID: <%.*s@",
	    has_failed(b) ? "Your message could not be delivered"
			  : "Your message is late",
	    date, VB_FMT(b->id));
	bounce_add(to, b->hostname);
	buffer_printf(to,
	    ">\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    "\tboundary=\"%s\"\r\n\r\n",
	    boundary);
}

static bool
contains(const struct buffer *text, const char *word)
{
	const size_t n = strlen(word);

	for (size_t i = 0; i + n <= text->n; i++)
		if (memcmp(text->p + i, word, n) == 0)
			return true;
	return false;
}

/* A boundary that stands in no part; its octets live in `to`. */
static const char *
choose_boundary(
    struct buffer *to, const struct bounce *b, const struct parts *parts)
{
	struct vb_str id = b->id;

	if (id.n > ID_MOST)
		id.n = ID_MOST;
	for (unsigned i = 0;; i++) {
		to->n = 0;
		buffer_printf(to, "=_%.*s.%u", VB_FMT(id), i);
		buffer_add(to, "", 1);
		if (!contains(&parts->words, to->p) &&
		    !contains(&parts->status, to->p) &&
		    !contains(&parts->header, to->p))
			return to->p;
	}
}

static void
add_part(struct buffer *to, const char *boundary, const char *fields,
    const struct buffer *part)
{
	buffer_printf(to, "--%s\r\n%s\r\n", boundary, fields);
	buffer_add_str(to, buffer_str(part));
	buffer_printf(to, "\r\n");
}

static void
add_parts(struct buffer *to, const char *boundary, const struct parts *parts)
{
	add_part(to, boundary, "Content-Type: text/plain; charset=us-ascii\r\n",
	    &parts->words);
	add_part(to, boundary, "Content-Type: message/delivery-status\r\n",
	    &parts->status);
	if (parts->header.n > 0)
		add_part(to, boundary,
		    parts->is_quoted
			? "Content-Type: text/rfc822-headers\r\n"
			  "Content-Transfer-Encoding: quoted-printable\r\n"
			: "Content-Type: text/rfc822-headers\r\n",
		    &parts->header);
	buffer_printf(to, "--%s--\r\n", boundary);
}

static void
write_report(struct buffer *to, const struct bounce *b)
{
	struct parts parts = { 0 };
	struct buffer text = { 0 };
	const char *boundary;

	bounce_words(&parts.words, b);
	bounce_status(&parts.status, b);
	parts.is_quoted = bounce_header(&parts.header, b);
	boundary = choose_boundary(&text, b, &parts);
	add_header(to, b, boundary);
	add_parts(to, boundary, &parts);
	buffer_finish(&parts.words);
	buffer_finish(&parts.status);
	buffer_finish(&parts.header);
	buffer_finish(&text);
}

void
bounce_write(struct buffer *to, const struct bounce *b)
{
	switch (b->profile) {
	case PROFILE_RFC5321:
		write_report(to, b);
		break;
	case PROFILE_RFC821:
		write_rfc821(to, b);
		break;
	}
}
