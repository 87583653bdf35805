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
};

void report_pack(struct buffer *to, const struct report *report);
bool report_unpack(struct unpack *from, struct report *report);

/* The reply code that tells the client of a delivery which failed (RFC 5321
   §4.2.3, RFC 3463): 450 451 452, 552 554. */
int report_reply_code(const struct report *report);

#endif
