#ifndef CORE_PROCESS_CONNECTION_STATE_H
#define CORE_PROCESS_CONNECTION_STATE_H

#include "core/io/channel.h"
#include "core/process/admission.h"
#include "core/process/connection.h"
#include "core/process/ids.h"
#include "core/process/kept_asks.h"
#include "core/process/lookups.h"
#include "core/process/reaches.h"

/*
 * What a connection is made of; for its own files.
 *
 *	connection.c       octets in and out, time, the end
 *	connection_host.c  what its session asks for
 */
struct connection {
	struct channel *channel;
	uv_timer_t deadline;
	struct worker *worker;
	struct connection *next, **link; /* in the worker's list */
	const struct site *site;
	char id[ID_LENGTH]; /* of the session */
	struct admission admission;
	struct session *session; /* NULL once it is over */
	struct spool *spool;     /* the message coming in */
	struct intake *intake;   /* the message being stored */
	struct lookups lookups;
	struct reaches reaches;
	struct kept_asks kept;
	int open; /* channel and timer: both must be closed */
};

/* connection.c: after anything that may have moved the session on. */
void connection_pump(struct connection *c);

/* connection_host.c */
extern const struct session_host connection_host;
void connection_open_host(struct connection *c);
void connection_close_host(struct connection *c); /* the session goes */

#endif
