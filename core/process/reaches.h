#ifndef CORE_PROCESS_REACHES_H
#define CORE_PROCESS_REACHES_H

#include "core/process/pool.h"
#include "core/smtp/session.h"

/* What one session asked of the terminals. */
struct reaches {
	struct pool *pool;
	struct session **session; /* NULL once it is gone */
	void (*answered)(void *data);
	void *data;
	struct reach_call *first;
};

void reaches_ask(struct reaches *r, unsigned number, const struct reach *what);

/* The session goes. What was asked goes on, and its end is logged. */
void reaches_forget(struct reaches *r);

#endif
