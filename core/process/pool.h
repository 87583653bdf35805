#ifndef CORE_PROCESS_POOL_H
#define CORE_PROCESS_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * A pool of couriers, as those see it that ask it.
 *
 * All who ask share one socket and so do all couriers: the kernel hands each
 * request to the first that is free. With a request goes a socket for the
 * answer, which nobody else has. When a courier dies that socket ends, and
 * whoever asked knows; what nobody took is still in the shared socket for the
 * next courier.
 */
struct pool;

enum pool_result {
	POOL_ANSWERED,
	POOL_DIED,      /* the courier did; it may have done the work */
	POOL_TIMED_OUT, /* it was killed, or nobody took the request */
};

/* Called once for each request, never from within pool_ask(); the answer lives
   until it returns. */
typedef void pool_done(
    void *data, enum pool_result result, struct vb_str answer);

struct pool *pool_create(uv_loop_t *loop, int fd);

/*
 * Asks. Takes the request over and leaves it empty. `body` is sent along, if it
 * is not -1, and stays the caller's. From the moment a courier has it, it has
 * `timeout_ms` (one that says it is process 0, as workers do, as long as it
 * needs); before, four times that. NULL when it cannot be asked: `done`
 * is not called then.
 */
struct pool_call;
struct pool_call *pool_ask(struct pool *pool, struct buffer *request, int body,
    int64_t timeout_ms, pool_done *done, void *data);

/* Requests that a courier has, as far as it is known. */
size_t pool_taken(const struct pool *pool);

/* Nobody wants the answer any more. */
void pool_forget(struct pool_call *call);

#endif
