/*
 * Command lines, from octets cut anywhere.
 *
 * A line that stands whole in the input is handed out as it stands there; only
 * one that comes in parts is held, and of that no more than the limit. With the
 * limit reached every octet more is one too many, so nothing need be counted
 * while the rest of a long line is thrown away.
 */
#include "core/smtp/line.h"

#include <string.h>

void
line_reader_finish(struct line_reader *r)
{
	buffer_finish(&r->held);
	line_reader_clear(r);
}

void
line_reader_clear(struct line_reader *r)
{
	r->held.n = 0;
	r->fault = LINE_GOOD;
	r->after_cr = false;
}

static bool
is_too_long(const struct line_reader *r, struct vb_str octets)
{
	return octets.n > r->limit - r->held.n;
}

/* Nothing is wrong, which is seen without a look at each octet: there is no CR
   but in the CR LF at the end. `whole` octets end in LF, the only one. */
static bool
is_plain(const struct line_reader *r, struct vb_str octets, bool whole)
{
	const char *cr = memchr(octets.p, '\r', octets.n);
	const char *end = octets.p + octets.n;

	if (r->after_cr || is_too_long(r, octets) ||
	    memchr(octets.p, '\0', octets.n) != NULL)
		return false;
	return whole ? cr != NULL && cr + 2 == end : cr == NULL;
}

static enum line_fault
find_fault(const struct line_reader *r, struct vb_str octets)
{
	bool after_cr = r->after_cr;

	for (size_t i = 0; i < octets.n; i++) {
		char c = octets.p[i];

		if (after_cr && c != '\n')
			return LINE_BARE_CR;
		if (i >= r->limit - r->held.n)
			return LINE_TOO_LONG;
		if (c == '\0')
			return LINE_NUL;
		if (c == '\n' && !after_cr)
			return LINE_BARE_LF;
		after_cr = c == '\r';
	}
	return LINE_GOOD;
}

static void
hold(struct line_reader *r, struct vb_str octets)
{
	size_t room = r->limit - r->held.n;

	r->after_cr = octets.p[octets.n - 1] == '\r';
	buffer_add(&r->held, octets.p, octets.n < room ? octets.n : room);
}

/* The line that these octets, LF last, end. */
static struct vb_str
complete(struct line_reader *r, struct vb_str octets)
{
	struct vb_str line = octets;

	if (is_too_long(r, octets))
		return VB_STR("");
	if (r->held.n > 0) {
		buffer_add_str(&r->held, octets);
		line = buffer_str(&r->held);
	}
	line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

bool
line_take(struct line_reader *r, struct vb_str *input, struct vb_str *line,
    enum line_fault *fault)
{
	struct vb_str octets = *input;
	const char *lf;

	if (input->n == 0)
		return false;
	lf = memchr(input->p, '\n', input->n);
	if (lf != NULL)
		octets.n = (size_t)(lf + 1 - input->p);
	input->p += octets.n;
	input->n -= octets.n;
	if (r->fault == LINE_GOOD && !is_plain(r, octets, lf != NULL))
		r->fault = find_fault(r, octets);
	if (lf == NULL) {
		hold(r, octets);
		return false;
	}
	*line = complete(r, octets);
	*fault = r->fault;
	line_reader_clear(r);
	return true;
}
