#ifndef CORE_MAIL_JOB_H
#define CORE_MAIL_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/delivery.h>

#include "core/base/buffer.h"
#include "core/base/pack.h"

/*
 * One delivery, as it goes to a courier: everything but the octets of the
 * message, and where those are.
 */
struct job {
	struct vb_str module; /* which delivers */
	unsigned scope;       /* whose settings it gets */
	struct vb_delivery to;
	struct vb_str return_path; /* what Return-Path shows */
	struct vb_str trace;       /* header fields to go on top, CR LF */
	struct vb_str file;  /* below state_dir; empty: the descriptor that came
	                        with the job */
	uint64_t at, octets; /* of the message in the file */
	int64_t seconds;     /* all that is asked for with it may take */
};

void job_pack(struct buffer *to, const struct job *job);

/* The next of several jobs. Slices point into what is read. False when it is
   no job. */
bool job_unpack(struct unpack *from, struct job *job);

#endif
