#ifndef CORE_PROCESS_COURIER_H
#define CORE_PROCESS_COURIER_H

#include <stdbool.h>

#include "core/base/pack.h"
#include "core/io/waits.h"
#include "core/mail/delivery.h"
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

/* Something else to wait for: called when the descriptor can be read from. */
struct courier_watch {
	int fd;
	void (*attend)(const void *data);
	const void *data;
};

enum { COURIER_WATCHES = 64 };

struct courier {
	struct waits waits;
	int pool;
	const struct courier_watch *others;
};

/* `pool` is its end of the pair. The others, of which it may have none, must
   stay. False: that cannot be, and is logged. */
bool courier_open(
    struct courier *c, int pool, const struct courier_watch *others, size_t n);

/* Waits for the next request, and attends to the others meanwhile. False: there
   will be none. */
bool courier_next(const struct courier *c, struct request *r);

/* Does what is asked, with the modules of this process, and answers. */
void courier_serve(
    const struct generation *g, enum pair pair, struct request *r);

/* Sends an answer. False: nobody waits for it. */
bool courier_answer(const struct request *r, const struct buffer *answer);

/* The scope of a request, or NULL. */
const struct scope *courier_scope(const struct generation *g, unsigned index);

void courier_close(const struct request *r);

/* Makes the next queue wait until this process has ended. False and errno. */
bool courier_works_for_queue(const struct process_conf *conf);

#endif
