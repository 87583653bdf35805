#ifndef CORE_MAIL_REPORT_H
#define CORE_MAIL_REPORT_H

#include <stdbool.h>

#include <verbena/core.h>

#include "core/base/buffer.h"
#include "core/base/pack.h"

/* How a delivery ended. */
struct report {
	enum vb_outcome outcome;
	struct vb_str status; /* RFC 3463; empty when delivered */
	struct vb_str text;
	struct vb_str remote; /* the server that said so, or empty */
};

void report_pack(struct buffer *to, const struct report *report);

/* The next of several. Slices point into what is read. */
bool report_unpack(struct unpack *from, struct report *report);

#endif
