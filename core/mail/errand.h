#ifndef CORE_MAIL_ERRAND_H
#define CORE_MAIL_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/pack.h"

/*
 * One message for another server, as it goes from the queue to a worker: for
 * recipients that share a next hop. Without recipients it is no message: a next
 * hop to be visited, or the end of what is collected (core/mail/kept_ask.h).
 */
struct errand {
	unsigned scope;   /* whose settings it gets */
	struct vb_str id; /* of the message */
	struct vb_str
	    domain; /* the route is asked for: the first recipient's */
	struct vb_str reverse_path;
	const struct vb_str *recipients; /* forward-paths */
	size_t n_recipients;
	struct vb_str trace; /* header fields to go on top, CR LF */
	struct vb_str file;  /* below state_dir */
	uint64_t at, octets; /* of the message in the file */
	bool has_8bit;
	int64_t asked; /* when somebody wanted it sent now, clock_steady_ms();
	                  0: its time had come */
};

void errand_pack(struct buffer *to, const struct errand *errand);

/* Slices point into what is read; the list is in the arena. False when it is no
   errand. */
bool errand_unpack(
    struct unpack *from, struct arena *arena, struct errand *errand);

#endif
