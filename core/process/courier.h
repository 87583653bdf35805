#ifndef CORE_PROCESS_COURIER_H
#define CORE_PROCESS_COURIER_H

#include <stdbool.h>

#include "core/base/pack.h"
#include "core/process/generation.h"
#include "core/process/roles.h"

/*
 * A courier: takes one request at a time from its end of a pair, may block over
 * it, and answers on the socket that came with it. A request for delivery is a
 * batch of jobs.
 */
struct request {
	struct unpack from;
	int reply, body; /* descriptors; body is -1 when none came */
};

/* Waits for the next request. False: there will be none. */
bool courier_next(int pair, struct request *r);

/* Does what is asked, with the modules of this process, and answers. */
void courier_serve(
    const struct generation *g, enum pair pair, struct request *r);

void courier_close(const struct request *r);

/* Makes the next queue wait until this process has ended. False and errno. */
bool courier_works_for_queue(const struct process_conf *conf);

#endif
