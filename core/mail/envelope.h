#ifndef CORE_MAIL_ENVELOPE_H
#define CORE_MAIL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/pack.h"

/*
 * Who a message is from and for, and where it came from: all of it but its
 * octets. It is packed into the journal and into files of the queue, so it
 * names sites and modules, and never counts them.
 */
enum recipient_kind {
	RECIPIENT_LOCAL = 0, /* a mailbox of ours, looked up */
	RECIPIENT_REMOTE,    /* another server's */
	RECIPIENT_UNKNOWN,   /* not looked up yet: the sender, for a bounce */
	RECIPIENT_FAILED,    /* will not get it: the sender is to be told */
};

struct recipient {
	enum recipient_kind kind;
	struct vb_str mailbox; /* local@domain; remote: with the route before
	                          it that is to be followed */
	struct vb_str user;    /* local: the account, and what {user},
	                          failed: the status (RFC 3463) */
	struct vb_str domain;  /* {domain} and {home} become; remote: the one
	                          to send to */
	struct vb_str home;    /* failed: why, in words */
};

struct envelope {
	struct vb_str id;           /* of the message */
	struct vb_str session;      /* it came in */
	struct vb_str scope;        /* its settings: "public", and for clients
	                               with their own "public/10.0.0.0/8" */
	struct vb_str reverse_path; /* mailbox; empty for "<>" */
	struct vb_str return_path;  /* the same with its route, as MAIL had it;
	                               older files: with us before it */
	struct vb_str trace;        /* header fields to go on top, CR LF */
	uint64_t octets;            /* of the message, without the trace */
	bool has_8bit;              /* some are above 0x7f */
	int64_t arrived;            /* seconds since 1970 */
	const struct recipient *recipients;
	size_t n_recipients;
};

void envelope_pack(struct buffer *to, const struct envelope *envelope);

/* Slices point into what is read; the recipients are in the arena. False when
   it is no envelope. */
bool envelope_unpack(
    struct unpack *from, struct arena *arena, struct envelope *envelope);

#endif
