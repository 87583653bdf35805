#ifndef CORE_PROCESS_CONNECTION_STATE_H
#define CORE_PROCESS_CONNECTION_STATE_H

#include "core/io/channel.h"
#include "core/process/admission.h"
#include "core/process/connection.h"
#include "core/process/ids.h"
#include "core/process/kept_asks.h"
#include "core/process/lookups.h"
#include "core/process/reaches.h"
#include "core/process/turned.h"

/*
 * What a connection is made of; for its own files.
 *
 *	connection.c       octets in and out, time, the end
 *	connection_side.c  its session, or, once it was turned, our client
 *	connection_host.c  what its session asks for
 */
enum { MOST_TURNS = 2 }; /* over one connection */

struct connection {
	struct channel *channel;
	uv_timer_t deadline;
	int64_t armed; /* when it passes; INT64_MAX: it is not set */
	struct worker *worker;
	struct connection *next, **link; /* in the worker's list */
	const struct site *site;
	char id[ID_LENGTH]; /* of the session */
	struct admission admission;
	struct session *session; /* NULL while the roles are swapped */
	struct turned *turned;   /* while they are; both NULL: it is over */
	unsigned turns;          /* how often they were swapped */
	struct destination *by;  /* whom we made it to; NULL: it came to us */
	struct spool *spool;     /* the message coming in */
	struct intake *intake;   /* the message being stored */
	struct lookups lookups;
	struct reaches reaches;
	struct kept_asks kept;
	bool is_over; /* nothing more is to be said: only sent */
	int open;     /* channel and timer: both must be closed */
};

/* connection.c: after anything that may have moved its session on. */
void connection_pump(struct connection *c);

/* connection_side.c: which of the two sides we are. */

/* We are the server: a session begins, which greets or refuses. */
void side_open(struct connection *c);

/* It is over, or the other is gone. What is being stored goes on. */
void side_close(struct connection *c);
bool side_is_closed(const struct connection *c);

/* As session_input() and so on, of whatever we are. */
void side_input(struct connection *c, struct vb_str octets);
struct buffer *side_output(const struct connection *c);
bool side_wants_input(const struct connection *c);
int64_t side_deadline(const struct connection *c);
void side_timeout(struct connection *c);
void side_shut_down(struct connection *c, bool now);

/* Moves on as far as it can, and tells where it is. */
enum side_state {
	SIDE_GOING,
	SIDE_OVER,  /* end when all is sent */
	SIDE_TURNS, /* side_turn() when all is sent */
	SIDE_LOST,  /* end at once */
};
enum side_state side_step(struct connection *c);

/* We are the client now, or the server again. False: that cannot be. */
bool side_turn(struct connection *c);

/* connection_host.c */
extern const struct session_host connection_host;
void connection_open_host(struct connection *c);
void connection_close_host(struct connection *c); /* the session is gone */

#endif
