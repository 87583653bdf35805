#ifndef CORE_PROCESS_PREPARE_H
#define CORE_PROCESS_PREPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/memory.h"
#include "core/io/conf.h"
#include "core/io/control.h"
#include "core/io/process.h"
#include "core/process/checker.h"
#include "core/process/listeners.h"
#include "core/process/settings.h"

/*
 * What has to be there before the first process starts, made by the master with
 * whatever rights it has: the configuration as a snapshot, judged by a process
 * that has none; directories; the log; listening sockets.
 */
struct prepared {
	const char *file; /* the configuration's */
	struct arena *arena;
	struct conf *conf;
	int snapshot;
	struct top_conf top;
	bool is_root;
	struct account account; /* whom the others become, when is_root */
	struct account writer;  /* the same, for who writes to terminals */
	struct checked checked;
	struct listeners listeners;
	struct control_socket control;
};

/* Reads and checks. False: what is wrong with the configuration stands on
   stderr. What is wrong with what it names is in p->checked. */
bool prepare_check(struct prepared *p, const char *file);

/* Logs what is wrong with what it names. */
void prepare_warn(const struct prepared *p);

/* Makes state_dir, run_dir and what is in them; opens log and sockets. False,
   and the reason on stderr: another server has that run_dir, say. */
bool prepare_run(struct prepared *p);

/* Opens the log as configured; again, after it was renamed. */
bool prepare_log(const struct prepared *p);

/* Removes what would be in the way of the next: the pid file, unix sockets. */
void prepare_undo(struct prepared *p);

#endif
