/*
 * The header of a message that comes back, for a part text/rfc822-headers (RFC
 * 6522 §4): what is before the first line that belongs to no field.
 *
 * It goes as it is where any server takes that. Else it is quoted-printable
 * (RFC 2045 §6.7): no octet of it is lost.
 */
#include "core/mail/bounce_parts.h"

enum { LINE_MOST = 998, QUOTED_MOST = 76 };

static bool
is_field(struct vb_str line)
{
	size_t n = 0;

	if (*line.p == ' ' || *line.p == '\t')
		return true;
	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f &&
	       line.p[n] != ':')
		n++;
	return n > 0 && n < line.n && line.p[n] == ':';
}

/* Takes the next line, without its end. False when none is whole, within what
   is given back. */
static bool
take_line(struct vb_str *text, struct vb_str *line)
{
	const char *end = text->n == 0 ? NULL : memchr(text->p, '\n', text->n);
	size_t n = end == NULL ? 0 : (size_t)(end - text->p);

	if (end == NULL)
		return false;
	*line = (struct vb_str){ text->p, n };
	if (n > 0 && text->p[n - 1] == '\r')
		line->n--;
	text->p += n + 1;
	text->n -= n + 1;
	return true;
}

static struct vb_str
header_of(struct vb_str octets)
{
	struct vb_str header = octets, line;

	if (header.n > BOUNCE_HEADER_MOST)
		header.n = BOUNCE_HEADER_MOST;
	octets.n = header.n;
	header.n = 0;
	while (take_line(&octets, &line) && line.n > 0 && is_field(line))
		header.n = (size_t)(octets.p - header.p);
	return header;
}

static bool
is_plain_line(struct vb_str line)
{
	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if ((c < 0x20 && c != '\t') || c >= 0x7f)
			return false;
	}
	return line.n <= LINE_MOST;
}

static bool
is_plain(struct vb_str header)
{
	struct vb_str line;

	while (take_line(&header, &line))
		if (!is_plain_line(line))
			return false;
	return true;
}

static bool
needs_quoting(struct vb_str line, size_t i)
{
	char c = line.p[i];

	if (c == ' ' || c == '\t')
		return i + 1 == line.n;
	return c <= ' ' || c >= 0x7f || c == '=';
}

static void
add_quoted(struct buffer *to, struct vb_str line)
{
	size_t at = 0;

	for (size_t i = 0; i < line.n; i++) {
		bool is_quoted = needs_quoting(line, i);
		size_t n = is_quoted ? 3 : 1;

		if (at + n > QUOTED_MOST - 1) {
			buffer_printf(to, "=\r\n");
			at = 0;
		}
		if (is_quoted)
			buffer_printf(to, "=%02X", (unsigned char)line.p[i]);
		else
			buffer_add(to, line.p + i, 1);
		at += n;
	}
}

bool
bounce_header(struct buffer *to, const struct bounce *b)
{
	struct vb_str header = header_of(b->original), line;
	bool is_quoted = !is_plain(header);

	while (take_line(&header, &line)) {
		if (is_quoted)
			add_quoted(to, line);
		else
			buffer_add_str(to, line);
		buffer_printf(to, "\r\n");
	}
	return is_quoted;
}
