#ifndef CORE_MAIL_RETRY_H
#define CORE_MAIL_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/smtp/settings.h"

/*
 * When to try again what could not be delivered (RFC 5321 §4.5.4.1).
 *
 * The first wait is conf->first, each further one twice the one before, up to
 * conf->most. Up to an eighth is taken off at random, so that what failed
 * together is not tried together for ever. The last attempt is made when the
 * message expires, and not before.
 */
struct retry {
	int64_t arrived;   /* the message; seconds since 1970 */
	int64_t now;       /* an attempt failed; may lie before `arrived` */
	unsigned attempts; /* so far, with that one */
	uint32_t random;   /* any number */
};

/* Sets when the next attempt is due, after .now. False: the message has
   expired, there is none. */
bool retry_next(
    const struct retry_conf *conf, const struct retry *r, int64_t *due);

/* Is it time to tell the sender that a message is late? Once is enough, and
   the caller's to remember. */
bool retry_wants_warning(
    const struct retry_conf *conf, int64_t arrived, int64_t now);

#endif
