#ifndef CORE_PROCESS_WORKER_H
#define CORE_PROCESS_WORKER_H

#include <uv.h>

#include "core/process/generation.h"
#include "core/process/intake.h"
#include "core/process/notices.h"
#include "core/process/pool.h"
#include "core/process/remote.h"
#include "core/process/shared.h"

/* What the connections of a worker have in common. */
struct worker {
	uv_loop_t *loop;
	const struct generation *generation;
	struct shared *shared;
	unsigned number;
	struct intake_settings intake;
	struct notices *notices;
	struct remote *remote;
	struct pool *answers;
	struct pool *terminals;
	int spool_dir;
	unsigned connections;
	bool is_finishing;        /* nothing new begins */
	struct connection *first; /* all that are open */
	void (*connection_ended)(void *worker);
};

#endif
