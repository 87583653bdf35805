#ifndef CORE_IO_EXCHANGERS_H
#define CORE_IO_EXCHANGERS_H

#include "core/io/dns.h"

/* What a domain's MX records come to. */
enum exchangers {
	EXCHANGERS_SOME,
	EXCHANGERS_NONE,   /* it takes no mail (RFC 7505) */
	EXCHANGERS_CIRCLE, /* we are the nearest: mail would come back to us */
};

/*
 * Puts the records that are of use first, the nearest before others, and *n to
 * their number. When we are among them, by this name, those that are as far
 * away as we are or farther are of none (RFC 5321 §5.1).
 */
enum exchangers exchangers_choose(
    struct dns_record *records, size_t *n, struct vb_str own_name);

/* Is this our name, with or without the dot that ends it? */
bool exchangers_is_us(const char *host, struct vb_str own_name);

#endif
