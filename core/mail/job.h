#ifndef CORE_MAIL_JOB_H
#define CORE_MAIL_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/delivery.h>

#include "core/base/buffer.h"
#include "core/base/pack.h"

/*
 * One delivery, as it goes to a courier: everything but the octets of the body,
 * which go as a descriptor beside it.
 */
struct job {
	struct vb_str module; /* which delivers */
	unsigned scope;       /* whose settings it gets */
	struct vb_delivery to;
	struct vb_str trace; /* header fields to go on top, CR LF */
	uint64_t octets;     /* of the body */
	int64_t seconds;     /* it may take; then its courier is killed */
};

void job_pack(struct buffer *to, const struct job *job);

/* Slices point into what is read. False when it is no job. */
bool job_unpack(struct unpack *from, struct job *job);

#endif
