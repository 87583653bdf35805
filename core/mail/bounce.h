#ifndef CORE_MAIL_BOUNCE_H
#define CORE_MAIL_BOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/mail/envelope.h"
#include "core/smtp/profile.h"

/*
 * What a sender is told of a message that could not be delivered, or not yet:
 * a message in its turn, from the null reverse-path (RFC 5321 §6.1) to that of
 * the message. In profile rfc5321 it is a delivery status notification (RFC
 * 3464 in RFC 6522), in rfc821 a few lines as in RFC 821, example 7.
 *
 * What others said, and the addresses, may be any octets: those that are no
 * printable ASCII become '?'. The header of the message is given as it came.
 */
enum bounce_action {
	BOUNCE_FAILED,
	BOUNCE_DELAYED,
};

struct bounce_failure {
	const struct recipient *recipient;
	enum bounce_action action;
	struct vb_str status; /* RFC 3463; one that is none is taken for 5.0.0
	                         or 4.0.0 */
	struct vb_str text;   /* what was said; may be empty */
	struct vb_str remote; /* the server that said so; empty: this one */
	int64_t tried; /* the last attempt, seconds since 1970; 0: none */
	int64_t until; /* delayed: when the last attempt will be; 0: not
	                  known */
};

struct bounce {
	const struct envelope *envelope; /* of the message */
	struct vb_str original; /* its first octets: trace fields and header;
	                           what follows the header is not looked at */
	const struct bounce_failure *failures;
	size_t n_failures;      /* one at least */
	struct vb_str id;       /* of the notification */
	struct vb_str hostname; /* ours */
	enum profile profile;
	int64_t now; /* seconds since 1970 */
};

/* So many octets of the original's header are given back at most. */
enum { BOUNCE_HEADER_MOST = 16 * 1024 };

/* Is there somebody to be told? Never for the null reverse-path, as
   notifications have themselves (RFC 5321 §6.1). */
bool bounce_is_due(const struct envelope *envelope);

/* Adds the message, header and body, without trace fields: 7-bit, lines that
   end in CR LF and have 998 octets at most. */
void bounce_write(struct buffer *to, const struct bounce *bounce);

#endif
