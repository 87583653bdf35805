/*
 * A reply of an LMTP server, taken octet by octet (RFC 5321 §4.2):
 *
 *	250-mail.example.org
 *	250-PIPELINING
 *	250 ENHANCEDSTATUSCODES
 *
 * Nothing a server says makes it larger, and what is kept is printable: it goes
 * into our log and to senders.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_LMTP_REPLY_H
#define MODULES_LMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <verbena/str.h>

/* RFC 5321 §4.5.3.1.5 wants 512 octets of a line. */
enum { REPLY_LINE = 1024, REPLY_LINES = 100, REPLY_TEXT = 200 };

/* Zero-initialised before the first octet. */
struct reply {
	int code;                  /* of all its lines; 0 before the first */
	char status[12];           /* RFC 3463: its own, or made of the code */
	char text[REPLY_TEXT + 1]; /* of the first line, without a status */
	bool has_pipelining;       /* among the lines: LHLO */
	bool has_8bitmime;
	char line[REPLY_LINE];
	size_t n; /* octets of this line */
	unsigned lines;
};

enum taken {
	TAKEN_MORE, /* want more octets */
	TAKEN_ALL,  /* that was the last */
	TAKEN_BAD,  /* this is no reply */
};

static bool
is_number(char c)
{
	return c >= '0' && c <= '9';
}

/* The end of one to three digits, or NULL. */
static const char *
after_digits(const char *p, const char *end)
{
	const char *begin = p;

	while (p < end && is_number(*p))
		p++;
	return p > begin && p - begin <= 3 ? p : NULL;
}

/* Takes "5.1.1 " off the text, if it is of the code's class (RFC 2034 §4). */
static struct vb_str
take_status(struct vb_str *text, char class)
{
	const char *end = text->p + text->n, *p = text->p;
	struct vb_str status = { p, 0 };

	if (text->n < 5 || p[0] != class || p[1] != '.')
		return status;
	p = after_digits(p + 2, end);
	if (p == NULL || p == end || *p != '.')
		return status;
	p = after_digits(p + 1, end);
	if (p == NULL || (p < end && *p != ' '))
		return status;
	status.n = (size_t)(p - status.p);
	while (p < end && *p == ' ')
		p++;
	*text = (struct vb_str){ p, (size_t)(end - p) };
	return status;
}

/* The first line is the one that is told. */
static void
keep(struct reply *r, struct vb_str text)
{
	const struct vb_str status = take_status(&text, r->line[0]);

	snprintf(r->status, sizeof(r->status), "%c.0.0", r->line[0]);
	if (status.n > 0)
		snprintf(r->status, sizeof(r->status), "%.*s", VB_FMT(status));
	for (size_t i = 0; i < text.n && i < REPLY_TEXT; i++) {
		const char c = text.p[i];

		r->text[i] = c >= ' ' && c < 0x7f ? c : '?';
	}
}

static enum taken
take_line(struct reply *r)
{
	const char *l = r->line;
	struct vb_str text = { l + 4, r->n > 4 ? r->n - 4 : 0 };
	int code;

	if (r->n < 3 || l[0] < '2' || l[0] > '5' || !is_number(l[1]) ||
	    !is_number(l[2]) || (r->n > 3 && l[3] != ' ' && l[3] != '-'))
		return TAKEN_BAD;
	code = (l[0] - '0') * 100 + (l[1] - '0') * 10 + (l[2] - '0');
	if (r->lines > 0 && code != r->code)
		return TAKEN_BAD;
	r->code = code;
	if (r->lines++ == 0)
		keep(r, text);
	else if (vb_str_ieq(text, VB_STR("PIPELINING")))
		r->has_pipelining = true;
	else if (vb_str_ieq(text, VB_STR("8BITMIME")))
		r->has_8bitmime = true;
	if (r->n <= 3 || l[3] == ' ')
		return TAKEN_ALL;
	return r->lines < REPLY_LINES ? TAKEN_MORE : TAKEN_BAD;
}

static enum taken
reply_take(struct reply *r, char octet)
{
	enum taken taken;

	if (octet != '\n') {
		if (r->n == REPLY_LINE)
			return TAKEN_BAD;
		r->line[r->n++] = octet;
		return TAKEN_MORE;
	}
	if (r->n > 0 && r->line[r->n - 1] == '\r')
		r->n--;
	taken = take_line(r);
	r->n = 0;
	return taken;
}

#endif
