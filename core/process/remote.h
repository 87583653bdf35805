#ifndef CORE_PROCESS_REMOTE_H
#define CORE_PROCESS_REMOTE_H

#include <uv.h>

#include "core/process/generation.h"

/*
 * Errands for the queue, in a worker: messages that go to other servers. All
 * workers serve one socket, each as long as it has not too much to do.
 */
struct remote;

/* NULL and a line in the log when names cannot be resolved. `ended` is called
   when one more errand is done. */
struct remote *remote_create(uv_loop_t *loop, const struct generation *g,
    void (*ended)(void *data), void *data);

/* How many are under way. */
unsigned remote_count(const struct remote *r);

/* Takes no more, and brings back what waits. */
void remote_finish(struct remote *r);

/* The queue that asked is gone: drops everything, since the next one asks
   again. */
void remote_abandon(struct remote *r);

#endif
