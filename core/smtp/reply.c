/*
 * Replies on the wire, and sets of reply codes (RFC 5321 §4.2).
 *
 * What a client or a module put into the text cannot end the line: whatever is
 * not printable ASCII is escaped. The backslash stays as it is, since quoted
 * mailboxes are shown in replies and are to be usable.
 */
#include "core/smtp/reply.h"

#include <assert.h>

#include "core/smtp/scan.h"

enum { FIRST = 200, LAST = 599, LINE_MOST = 512 - 2 };

bool
codes_has(const struct codes *set, int code)
{
	if (code < FIRST || code > LAST)
		return false;
	return set->bits[(code - FIRST) / 64] >> (code - FIRST) % 64 & 1;
}

void
codes_add(struct codes *set, int code)
{
	assert(code >= FIRST && code <= LAST);
	set->bits[(code - FIRST) / 64] |= UINT64_C(1) << (code - FIRST) % 64;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Three digits and what ends them; 0 when they are none. */
static int
parse_code(const char *text)
{
	if (text[0] < '2' || text[0] > '5' || !is_digit(text[1]) ||
	    !is_digit(text[2]) || (text[3] != ' ' && text[3] != '\0'))
		return 0;
	return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

bool
codes_parse(struct codes *set, const char *text)
{
	*set = (struct codes){ { 0 } };
	for (;;) {
		int code;

		while (*text == ' ')
			text++;
		if (*text == '\0')
			return true;
		code = parse_code(text);
		if (code == 0)
			return false;
		codes_add(set, code);
		text += 3;
	}
}

/* Adds an octet as it is shown. False, and nothing is added, when the line that
   begins at `start` would become too long. */
static bool
add_octet(struct buffer *to, size_t start, char c)
{
	size_t before = to->n;

	if (c == '\\')
		buffer_add(to, &c, 1);
	else
		buffer_add_escaped(to, (struct vb_str){ &c, 1 });
	if (to->n - start <= LINE_MOST)
		return true;
	to->n = before;
	return false;
}

/* What comes before the first octet to be escaped is added at once. */
static void
add_text(struct buffer *to, size_t start, struct vb_str text)
{
	size_t room = LINE_MOST - (to->n - start), i = 0;

	while (i < text.n && i < room && is_printable(text.p[i]))
		i++;
	buffer_add(to, text.p, i);
	for (; i < text.n; i++)
		if (!add_octet(to, start, text.p[i]))
			return;
}

void
reply_add(struct buffer *to, enum profile profile, int code, const char *status,
    bool more, struct vb_str text)
{
	const char head[] = { (char)('0' + code / 100),
		(char)('0' + code / 10 % 10), (char)('0' + code % 10),
		more ? '-' : ' ' };
	size_t start = to->n;

	buffer_add(to, head, sizeof(head));
	if (status != NULL && profile != PROFILE_RFC821) {
		add_text(to, start, vb_str(status));
		add_text(to, start, VB_STR(" "));
	}
	add_text(to, start, text);
	buffer_add_str(to, VB_STR("\r\n"));
}
