/*
 * Dots before dots.
 *
 * A line that is as it should be is found by two looks for its CR and its LF,
 * and copied whole. Only others are looked at octet by octet.
 */
#include "core/smtp/stuffing.h"

#include <string.h>

static void
end_line(struct stuffing *s, struct buffer *to)
{
	buffer_add(to, "\r\n", 2);
	s->in_line = s->after_cr = false;
}

static void
step(struct stuffing *s, char c, struct buffer *to)
{
	if (s->after_cr) {
		end_line(s, to);
		if (c == '\n')
			return;
	}
	if (c == '\r') {
		s->after_cr = true;
		return;
	}
	if (c == '\n') {
		end_line(s, to);
		return;
	}
	if (!s->in_line && c == '.')
		buffer_add(to, ".", 1);
	buffer_add(to, &c, 1);
	s->in_line = true;
}

/* Takes octets up to and with the first LF, or all. */
static struct vb_str
take_line(struct vb_str *octets, bool *is_whole)
{
	const char *lf = memchr(octets->p, '\n', octets->n);
	struct vb_str line = *octets;

	*is_whole = lf != NULL;
	if (lf != NULL)
		line.n = (size_t)(lf - octets->p) + 1;
	octets->p += line.n;
	octets->n -= line.n;
	return line;
}

/* No CR stands in it but the one before the LF at its end. */
static bool
is_plain(const struct stuffing *s, struct vb_str line, bool is_whole)
{
	const char *cr = memchr(line.p, '\r', line.n);

	if (s->after_cr)
		return false;
	return is_whole ? cr != NULL && cr + 2 == line.p + line.n : cr == NULL;
}

void
stuffing_add(struct stuffing *s, struct vb_str octets, struct buffer *to)
{
	while (octets.n > 0) {
		bool is_whole;
		struct vb_str line = take_line(&octets, &is_whole);

		if (!is_plain(s, line, is_whole)) {
			for (size_t i = 0; i < line.n; i++)
				step(s, line.p[i], to);
			continue;
		}
		if (!s->in_line && line.p[0] == '.')
			buffer_add(to, ".", 1);
		buffer_add_str(to, line);
		s->in_line = !is_whole;
	}
}

void
stuffing_end(struct stuffing *s, struct buffer *to)
{
	if (s->in_line || s->after_cr)
		end_line(s, to);
	buffer_add(to, ".\r\n", 3);
}
