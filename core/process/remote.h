#ifndef CORE_PROCESS_REMOTE_H
#define CORE_PROCESS_REMOTE_H

#include <uv.h>

#include "core/process/generation.h"
#include "core/process/outbound.h"

/*
 * Errands for the queue, in a worker: messages that go to other servers. All
 * workers serve one socket, each as long as it has not too much to do.
 */
struct remote;

/* Errands under way in one worker, and waited for. */
enum { REMOTE_MOST = 256 };

struct remote_user {
	void (*ended)(void *data); /* one more errand is done */
	outbound_turned *turned;
	void *data;
};

/* NULL and a line in the log when names cannot be resolved. */
struct remote *remote_create(uv_loop_t *loop, const struct generation *g,
    const struct remote_user *user);

/* How many are under way. */
unsigned remote_count(const struct remote *r);

/* Takes no more, and brings back what waits. */
void remote_finish(struct remote *r);

/* The queue that asked is gone: drops everything, since the next one asks
   again. */
void remote_abandon(struct remote *r);

#endif
