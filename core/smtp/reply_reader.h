#ifndef CORE_SMTP_REPLY_READER_H
#define CORE_SMTP_REPLY_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * Replies of another server, from octets cut anywhere (RFC 5321 §4.2.1).
 *
 *	Reply-line = *( Reply-code "-" [ text ] CR LF ) Reply-code [ SP text ]
 *	             CR LF
 *
 * What a reply may take of our memory is bounded, however long or many its
 * lines are: of a line the beginning is kept, of a reply the first lines. The
 * text is printable ASCII: what is not becomes "?".
 */
enum reply_taken {
	REPLY_MORE,    /* all input was taken, and the reply is not whole */
	REPLY_WHOLE,   /* .code and .text are there */
	REPLY_GARBAGE, /* this is no reply, nor is what may follow */
};

/* Zero-initialised: before the first reply. */
struct reply_reader {
	int code;           /* 200 to 599 */
	struct buffer text; /* of all lines, without code, parted by LF; it
	                       lives until the next call */
	struct buffer line; /* the beginning of a line that is not whole */
	size_t lines, octets;
	bool is_whole;
};

void reply_reader_finish(struct reply_reader *r);

/* Takes octets from *input, up to the end of a reply, and moves it past them.
   The next call begins the next reply. */
enum reply_taken reply_take(struct reply_reader *r, struct vb_str *input);

/*
 * The enhanced status code at the head of a reply's text (RFC 2034, RFC 3463)
 * when there is one that fits the code; empty otherwise. A slice of the text.
 */
struct vb_str reply_status(int code, struct vb_str text);

#endif
