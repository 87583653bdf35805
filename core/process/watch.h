#ifndef CORE_PROCESS_WATCH_H
#define CORE_PROCESS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/process/shared.h"

/*
 * The master's eye on module code: who stalls, and who brings processes down.
 */
struct watch {
	struct {
		uint64_t calls; /* as they stood when we last looked */
		int64_t
		    since; /* clock_steady_ms: since when they stand still */
	} seen[SHARED_PROCESSES];
	int64_t deaths[WHERE_MODULES][3]; /* when; the oldest first */
};

/* Is the process in this slot still in the one call it was in `stall_ms` ago?
   To be asked every second or so. */
bool watch_stalls(struct watch *w, const struct shared *shared, unsigned slot,
    int64_t stall_ms);

/* The process in this slot died. The third death in a minute within one module
   puts it into quarantine, which is logged. */
void watch_died(struct watch *w, struct shared *shared, unsigned slot);

#endif
