/* A message as it is stored: LF line ends, no foreign Return-Path. */
#include "core/mail/stored_form.h"

#include <string.h>

#include <verbena/str.h>

static const char name[] = "return-path:";
enum { NAME = sizeof(name) - 1 };

/* Octets up to and with the next LF, or all; CR is left out. */
static size_t
add_line(const char *octets, size_t n, bool dropped, struct buffer *to)
{
	const char *lf = memchr(octets, '\n', n);
	size_t length = lf == NULL ? n : (size_t)(lf - octets) + 1;
	size_t text = length;

	if (dropped)
		return length;
	if (lf != NULL && length >= 2 && octets[length - 2] == '\r')
		text = length - 2;
	else if (lf == NULL && octets[length - 1] == '\r')
		text = length - 1;
	else if (lf != NULL)
		text = length - 1;
	buffer_add(to, octets, text);
	if (lf != NULL)
		buffer_add(to, "\n", 1);
	return length;
}

/* The line is decided: what was held goes out, or not. */
static void
release(struct stored_form *f, struct buffer *to)
{
	if (!f->is_dropped)
		add_line(f->held, f->n_held, false, to);
	f->in_line = f->held[f->n_held - 1] != '\n';
	f->n_held = 0;
}

/* One octet at the beginning of a header line. */
static void
decide(struct stored_form *f, char c, struct buffer *to)
{
	f->held[f->n_held++] = c;
	if (f->n_held == 1 && (c == ' ' || c == '\t')) {
		release(f, to); /* goes with the field before it */
		return;
	}
	if (f->n_held == 1 && c == '\r')
		return;
	if (f->n_held == 2 && f->held[0] == '\r') {
		f->in_body = true;
		f->is_dropped = false;
		release(f, to);
		return;
	}
	if (vb_lower(c) != name[f->n_held - 1]) {
		f->is_dropped = false;
		release(f, to);
	} else if (f->n_held == NAME) {
		f->is_dropped = true;
		release(f, to);
	}
}

void
stored_form_add(
    struct stored_form *f, const char *octets, size_t n, struct buffer *to)
{
	while (n > 0) {
		size_t took = 1;

		if (f->in_body || f->in_line) {
			took = add_line(octets, n, f->is_dropped, to);
			f->in_line = octets[took - 1] != '\n';
		} else {
			decide(f, octets[0], to);
		}
		octets += took;
		n -= took;
	}
}

void
stored_form_end(struct stored_form *f, struct buffer *to)
{
	if (f->n_held == 0)
		return;
	f->is_dropped = false;
	release(f, to);
}
