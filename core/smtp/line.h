#ifndef CORE_SMTP_LINE_H
#define CORE_SMTP_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * Command lines. CR LF ends a line and nothing else does (RFC 5321 §2.3.8). A
 * line with a fault is read to its end before it is told, so that no part of it
 * can be taken for a command.
 *
 * LF without CR before it also ends the reading of a faulty line: a client that
 * sends bare LF would otherwise wait for ever. The line is refused all the
 * same.
 */
enum line_fault {
	LINE_GOOD = 0,
	LINE_BARE_LF,
	LINE_BARE_CR,
	LINE_NUL,
	LINE_TOO_LONG,
};

struct line_reader {
	size_t limit;       /* octets with CR LF; set before the first use */
	struct buffer held; /* the beginning of a line, from earlier calls */
	enum line_fault fault;
	bool after_cr;
};

void line_reader_finish(struct line_reader *r);

/* Forgets what is held. */
void line_reader_clear(struct line_reader *r);

/*
 * Takes octets from *input, up to and with the end of a line, and moves it past
 * them. True when a line is whole: *line is it without CR LF (it lives until
 * the next call or until input is gone) and *fault the first thing wrong with
 * it; a line that is too long is empty. False when all of the input was taken.
 */
bool line_take(struct line_reader *r, struct vb_str *input, struct vb_str *line,
    enum line_fault *fault);

#endif
