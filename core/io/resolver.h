#ifndef CORE_IO_RESOLVER_H
#define CORE_IO_RESOLVER_H

#include <sys/socket.h>
#include <uv.h>

#include <verbena/core.h>
#include <verbena/option.h>
#include <verbena/str.h>

/*
 * Where to connect to for a next hop (RFC 5321 §5.1): mail exchangers by their
 * preference, those of one preference in an order that differs each time; the
 * domain itself where it has none; nobody where it says so (RFC 7505).
 * Exchangers that are as far away as we are, or farther, are left out when we
 * are among them.
 */
struct resolver;

struct resolved_address {
	struct sockaddr_storage address;
	socklen_t size;
	const char *host; /* whose it is: a name, or the address itself */
};

/* The answer; it lives during the call. */
struct resolved {
	const struct resolved_address
	    *addresses; /* to be tried in this order */
	size_t n;
	/* When there is none: VB_LATER or VB_NEVER, and why. */
	enum vb_outcome outcome;
	const char *status, *text;
};

typedef void resolver_done(void *data, const struct resolved *answer);

/* The servers are those of dns_create(), and so is NULL. */
struct resolver *resolver_create(
    uv_loop_t *loop, const struct vb_strings *servers);

/* Who still waits is told "later". Takes NULL. */
void resolver_destroy(struct resolver *r);

/*
 * Asks where to connect to for these next hops (next_hop.h), one or more,
 * parted by blanks. own_name is ours, as an exchanger would be called. Calls
 * `done` once, never from within; not at all when the loop ends before.
 */
void resolver_ask(struct resolver *r, struct vb_str next_hops,
    struct vb_str own_name, resolver_done *done, void *data);

#endif
