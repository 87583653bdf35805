#ifndef CORE_MAIL_OUTGOING_H
#define CORE_MAIL_OUTGOING_H

#include <stddef.h>
#include <stdint.h>

#include <verbena/attr.h>

#include "core/mail/errand.h"

/*
 * The octets of a message as they go to another server: what goes on top, then
 * the message from its file. Zeroed but for `file`, which is -1, it is none.
 */
struct outgoing {
	struct vb_str trace;
	int file;            /* read with pread(2) */
	uint64_t at, octets; /* of the message in the file */
	uint64_t read;       /* of all, so far; 0 begins again */
};

/* Opens the message of an errand, whose trace must live as long. False and
   errno. */
VB_MUST_USE bool outgoing_open(
    struct outgoing *o, const struct errand *errand, const char *state_dir);

/* Reads on. 0 at the end, -1 and errno on failure. */
ptrdiff_t outgoing_read(struct outgoing *o, char *octets, size_t n);

/* Closes the file, if one is open. */
void outgoing_close(struct outgoing *o);

/* Of what is on top and the message, together. */
uint64_t outgoing_octets(const struct outgoing *o);

#endif
