/* The master's eye on module code. */
#include "core/process/watch.h"

#include "core/base/clock.h"
#include "core/base/log.h"

enum { MINUTE_MS = 60 * 1000 };

bool
watch_stalls(struct watch *w, const struct shared *shared, unsigned slot,
    int64_t stall_ms)
{
	const struct where *where = &shared->where[slot];
	uint64_t calls = atomic_load_explicit(
	    &where->calls, memory_order_relaxed);
	int64_t now = clock_steady_ms();

	if (where_module(where) < 0 || calls != w->seen[slot].calls) {
		w->seen[slot].calls = calls;
		w->seen[slot].since = now;
		return false;
	}
	return now - w->seen[slot].since >= stall_ms;
}

void
watch_died(struct watch *w, struct shared *shared, unsigned slot)
{
	const struct where *where = &shared->where[slot];
	int module = where_module(where);
	int64_t *deaths;

	if (module < 0 || module >= WHERE_MODULES)
		return;
	deaths = w->deaths[module];
	deaths[0] = deaths[1];
	deaths[1] = deaths[2];
	deaths[2] = clock_steady_ms();
	if (deaths[0] == 0 || deaths[2] - deaths[0] > MINUTE_MS)
		return;
	if (atomic_exchange(&shared->quarantine.has[module], 1) == 0)
		log_event(VB_ERROR, "quarantine",
		    "module=%.*s: three deaths in a minute, not called again "
		    "until the server is restarted",
		    WHERE_NAME - 1, where->modules[module]);
}
