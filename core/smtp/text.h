#ifndef CORE_SMTP_TEXT_H
#define CORE_SMTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

/*
 * The lines after DATA, up to CR LF "." CR LF and nothing else (RFC 5321
 * §4.1.1.4, §4.5.2). Leading dots are taken away. A bare CR, bare LF or NUL is
 * a fault of the whole message, which is still read to its true end.
 */
enum text_fault {
	TEXT_GOOD = 0,
	TEXT_BARE_LF,
	TEXT_BARE_CR,
	TEXT_NUL,
};

/* Zero-initialised: at the beginning of a message. */
struct text_reader {
	int state;
	enum text_fault fault; /* the first that was met */
	uint64_t octets;       /* given out so far */
};

/*
 * Takes octets from *input and moves it past them. *piece is what they add to
 * the message: a slice of the input, or of static storage; may be empty. Call
 * until input is empty or the end is there.
 *
 * True when the end was met: input then begins with what the client sent after
 * it. Lines keep their CR LF.
 */
bool text_take(
    struct text_reader *r, struct vb_str *input, struct vb_str *piece);

#endif
