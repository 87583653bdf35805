#ifndef CORE_PROCESS_CONNECTION_H
#define CORE_PROCESS_CONNECTION_H

#include <uv.h>

#include "core/process/worker.h"

/*
 * One connection of a client: a libuv stream on one side, a session on the
 * other. It frees itself when it is over.
 */
struct connection;

/* Accepts one from a listener of this site. */
void connection_accept(struct worker *w, uv_stream_t *listener,
    const struct site *site, bool is_unix);

/* Tells all sessions to end: at once, or when their command is done. */
void connections_shut_down(struct worker *w, bool now);

#endif
