#ifndef CORE_PROCESS_METER_H
#define CORE_PROCESS_METER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <verbena/option.h>
#include <verbena/str.h>

#include "core/base/network.h"

/*
 * How often each client of a site did what, lately, over all workers. Lies in
 * memory that the processes share.
 *
 * A row has two windows, the one that is going on and the one before; of that
 * counts the part which a window that ends now would still hold.
 */
enum { METER_ROWS = 16384 };

struct meter_row {
	struct address16 address;
	uint32_t site;
	uint32_t window; /* seconds; 0: the row is free */
	uint64_t what;   /* a hash of the name: names are the modules' */
	int64_t begun;   /* clock_steady_ms() */
	uint32_t now, before;
};

struct meter {
	pthread_mutex_t lock; /* robust: its holder may die */
	struct meter_row rows[METER_ROWS];
};

bool meter_init(struct meter *m);

/* Who did it: of an IPv6 address the first 64 bits count. */
struct meter_client {
	uint32_t site;
	struct address16 address;
};

/* Adds `more` to what the client did under this name, and says how much that
   was within the last window, which ends at `now` (clock_steady_ms). A window
   has a second at least, and a week at most. */
uint64_t meter_count(struct meter *m, const struct meter_client *client,
    struct vb_str what, struct vb_seconds window, unsigned more, int64_t now);

#endif
