#ifndef CORE_SMTP_STUFFING_H
#define CORE_SMTP_STUFFING_H

#include <stdbool.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * The text of a message as it is sent after DATA (RFC 5321 §4.5.2): a dot that
 * begins a line gets another before it. Lines end in CR LF, and nothing else
 * leaves us that another server might take for the end of one: a CR or LF that
 * stands alone becomes CR LF.
 *
 * Zero-initialised: at the beginning of a message.
 */
struct stuffing {
	bool in_line;  /* not at the beginning of a line */
	bool after_cr; /* a CR is held back until it is known what follows */
};

/* Adds what the octets become to `to`. */
void stuffing_add(struct stuffing *s, struct vb_str octets, struct buffer *to);

/* The message is over: adds what its last line lacks, and the final dot. */
void stuffing_end(struct stuffing *s, struct buffer *to);

#endif
