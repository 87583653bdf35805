/*
 * A message on its way to an LMTP server: LF becomes CR LF, a dot at the
 * beginning of a line two (RFC 5321 §4.5.2), and the first line, our
 * Return-Path, nothing.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_LMTP_TEXT_H
#define MODULES_LMTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char return_path[] = "Return-Path:";
enum {
	RETURN_PATH = sizeof(return_path) - 1,
	INSIDE,
	BLOCK_SIZE = 16 * 1024,
};

/* Zero-initialised before the first octet; what is in .out may be sent at any
   time, and .n set to 0. */
struct text {
	size_t matched; /* of "Return-Path:"; INSIDE when that is decided */
	bool is_skipping, in_line;
	size_t n;
	char out[BLOCK_SIZE + 4 * RETURN_PATH];
};

static void
put(struct text *x, char c)
{
	if (c == '.' && !x->in_line)
		x->out[x->n++] = '.';
	if (c == '\n')
		x->out[x->n++] = '\r';
	x->out[x->n++] = c;
	x->in_line = c != '\n';
}

/* True when the octet belongs to the Return-Path, or may yet. What was held
   back and does not is put. */
static bool
is_return_path(struct text *x, char c)
{
	if (x->is_skipping) {
		x->is_skipping = c != '\n';
		return true;
	}
	if (x->matched == INSIDE)
		return false;
	if (c == return_path[x->matched]) {
		x->is_skipping = ++x->matched == RETURN_PATH;
		if (x->is_skipping)
			x->matched = INSIDE;
		return true;
	}
	for (size_t i = 0; i < x->matched; i++)
		put(x, return_path[i]);
	x->matched = INSIDE;
	return false;
}

/* The end, with the dot; what was held back was no Return-Path. */
static void
text_end(struct text *x)
{
	for (size_t i = 0; i < x->matched && x->matched < RETURN_PATH; i++)
		put(x, return_path[i]);
	if (x->in_line)
		put(x, '\n');
	memcpy(x->out + x->n, ".\r\n", 3);
	x->n += 3;
}

/* Before text_add(): must what is there be sent first? */
static bool
text_is_full(const struct text *x)
{
	return x->n > BLOCK_SIZE;
}

static void
text_add(struct text *x, char c)
{
	if (!is_return_path(x, c))
		put(x, c);
}

#endif
