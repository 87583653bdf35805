#ifndef CORE_PROCESS_CONNECTION_H
#define CORE_PROCESS_CONNECTION_H

#include <uv.h>

#include "core/io/channel.h"
#include "core/process/worker.h"

/*
 * One connection of a client: a libuv stream on one side, a session on the
 * other. It frees itself when it is over.
 */
struct connection;

/* Accepts one from a listener of this site. */
void connection_accept(struct worker *w, uv_stream_t *listener,
    const struct site *site, bool is_unix);

/*
 * Takes over a connection that we made, and over which the other is the client
 * now. It is as one that came to the site of that name, of a client of no
 * class, who may send what is for the site's own domains and nothing else.
 */
void connection_adopt(struct worker *w, struct channel *channel,
    struct vb_str site, struct destination *by);

/* Tells all sessions to end: at once, or when their command is done. */
void connections_shut_down(struct worker *w, bool now);

#endif
