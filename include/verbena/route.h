#ifndef VERBENA_ROUTE_H
#define VERBENA_ROUTE_H

#include <verbena/core.h>
#include <verbena/option.h>
#include <verbena/str.h>

/*
 * Where mail for a domain that is not ours goes, and how it is sent there.
 *
 * Modules with .route are asked in the order of `modules`, in workers, when a
 * client names a recipient elsewhere and again before each attempt to send. So
 * .route must answer at once, and the same each time: from its settings alone.
 * It returns VB_KNOWN and has set .via (the first to do so says the way), or
 * VB_UNKNOWN, or VB_UNSURE (it cannot be known just now: the client is told
 * 451, and mail that is waiting goes on to wait).
 *
 * The core has filled in all that is to be said besides; a module changes what
 * its settings say otherwise. Strings must live as long as the settings do.
 */
struct vb_route {
	size_t size;

	/* What is asked: in lower case, in square brackets when it is an
	   address literal. Where a source route is followed, its next host. */
	struct vb_str domain;

	/*
	 * The next hop: one or more of these, parted by blanks, to be tried in
	 * this order.
	 *
	 *	mx		the mail exchangers of the domain asked
	 *	mx:isi.test	those of another
	 *	192.0.2.1:2526	this address; the port is 25 when none stands
	 *	[2001:db8::1]	an IPv6 address stands in brackets
	 *	gate.isi.test	the addresses of this host, whatever its MX
	 */
	struct vb_str via;

	struct vb_str bind; /* the address to send from; empty: any */

	/* How long each step may take (RFC 5321 §4.5.3.2). */
	struct vb_seconds connect_timeout;
	struct vb_seconds greeting_timeout; /* until the 220 */
	struct vb_seconds command_timeout;  /* HELO, MAIL, RCPT, RSET */
	struct vb_seconds data_timeout;     /* until the 354 */
	struct vb_seconds block_timeout;    /* for each piece of a message */
	struct vb_seconds end_timeout;      /* after the final dot */

	struct vb_seconds idle_timeout; /* how long a connection is kept that
	                                   has nothing to send */
	int per_destination; /* connections of one worker to one next hop */
	int messages;        /* over one connection */

	/*
	 * The mail is not sent but kept, until the domain asks for it (TURN,
	 * ETRN, ATRN), and is taken from whoever sends it. A module that keeps
	 * it sets these. When it knows where to send what was asked for, it
	 * sets .via as well; otherwise it returns VB_UNKNOWN, and another
	 * module may say, before it or after it.
	 */
	bool keeps;
	struct vb_str keeper;       /* "TURN": what it waits for */
	struct vb_seconds keep_age; /* then it is returned to its sender */
	struct vb_bytes keep_most;  /* octets for the domain, 4096 more for each
	                               message: what would be more is not
	                               accepted; 0: no limit */

	/* Once the next hop has our mail it is asked for its own (TURN), which
	   comes in as to this site's listeners; empty: it is not asked. */
	struct vb_str turn_site;

	/*
	 * What we are called in the network of the next hop: EHLO says it, and
	 * it stands before the reverse-path (RFC 821 §3.6). Empty: our host
	 * name. A module that is asked about that name itself answers with it,
	 * so that a way back is known to lead here.
	 */
	struct vb_str name;
};

#endif
