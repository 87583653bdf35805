#ifndef CORE_PROCESS_OUTBOUND_H
#define CORE_PROCESS_OUTBOUND_H

#include <uv.h>

#include <verbena/core.h>
#include <verbena/route.h>

#include "core/io/channel.h"
#include "core/io/resolver.h"
#include "core/mail/outgoing.h"

/*
 * Mail on its way to other servers: the SMTP client with sockets, many at a
 * time in a worker, and none of them ever blocks.
 *
 * A connection belongs to a next hop, and is used for one message after the
 * other. The addresses of a next hop are tried in order. One that cannot be
 * reached is remembered for half a minute: what is sent there meanwhile comes
 * back at once, unless it was asked for since.
 */
struct outbound;

/* One message, for recipients that share a next hop. All it points to is
   copied; the file must stay open until the job is done. */
struct outbound_job {
	struct vb_str id;
	struct vb_str name;         /* ours, for EHLO */
	struct vb_str next_hop;     /* route_next_hop() */
	struct vb_route route;      /* timeouts, limits, the address to bind */
	struct vb_str reverse_path; /* without brackets; empty for "<>" */
	const struct vb_str *recipients; /* forward-paths, without brackets */
	size_t n_recipients; /* 0: the next hop is only visited, and asked for
	                        the mail that it has (.turn_site) */
	struct outgoing message; /* its file is the caller's */
	bool has_8bit;           /* octets above 0x7f are in it */
	int64_t asked; /* a next hop that was found dead before this is tried
	                  again; clock_steady_ms() */
};

/* What came of one recipient. */
struct outbound_report {
	enum vb_outcome outcome; /* VB_DELIVERED, VB_LATER, VB_NEVER */
	int code;                /* the other's reply code; 0: it gave none */
	struct vb_str status;    /* RFC 3463 */
	struct vb_str text;      /* its reply, or what went wrong: printable */
	struct vb_str remote;    /* "mx.isi.test[192.0.2.1]:25"; empty when
	                            nobody was reached */
};

/* Called once, never from within outbound_send(): one report for each
   recipient, in their order, or one of a visit, which live during the call;
   none when the job was abandoned. */
typedef void outbound_done(
    void *data, const struct outbound_report *reports, size_t n);

/*
 * A next hop has taken TURN, so that it is the client now, of this site. The
 * channel is the callee's, who tells when it is done with. Until then this next
 * hop is asked over no other connection, and visits to it wait.
 */
struct destination;
typedef void outbound_turned(void *data, struct channel *channel,
    struct vb_str site, struct destination *by);
void outbound_turn_ended(struct destination *by);

/* The resolver must outlive it. Without `turned` TURN is not said. */
struct outbound *outbound_create(uv_loop_t *loop, struct resolver *resolver,
    outbound_turned *turned, void *data);

void outbound_send(struct outbound *o, const struct outbound_job *job,
    outbound_done *done, void *data);

/* Jobs that are not done. */
unsigned outbound_count(const struct outbound *o);

/* Nothing new is begun: what waits comes back as "later", and connections end
   when their message has. */
void outbound_finish(struct outbound *o);

/* Drops all there is: connections are closed wherever they are, and callers are
   told with no reports at all. */
void outbound_abandon(struct outbound *o);

/* For tests: only when nothing is under way, and the loop is about to end. */
void outbound_destroy(struct outbound *o);

#endif
