/*
 * How much a mailbox may hold: a number of octets, 0 for any.
 *
 * For the modules that deliver into files.
 */
#ifndef MODULES_QUOTA_H
#define MODULES_QUOTA_H

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <verbena/delivery.h>

/* Of a message whose size is not known, octets is 0; it has one at least. */
static inline bool
quota_has_room(uint64_t quota, uint64_t used, uint64_t octets)
{
	if (octets == 0)
		octets = 1;
	return octets <= quota && used <= quota - octets;
}

static inline enum vb_outcome
quota_full(struct vb_delivery *d, uint64_t quota, uint64_t used)
{
	return vb_never(d, "5.2.2",
	    "mailbox is full: it has %" PRIu64 " of %" PRIu64 " octets", used,
	    quota);
}

/* How much is used cannot be found out; errno says why. */
static inline enum vb_outcome
quota_unknown(struct vb_delivery *d, const char *path)
{
	return vb_later(d, "4.3.0", "measure %s: %s", path, strerror(errno));
}

#endif
