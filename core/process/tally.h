#ifndef CORE_PROCESS_TALLY_H
#define CORE_PROCESS_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/network.h"

/*
 * How many connections each client and each site has, over all workers. Lies in
 * memory that the processes share. Each worker counts in a column of its own,
 * so that what a dead one held can be taken back.
 */
enum { TALLY_WORKERS = 64, TALLY_ROWS = 16384 };

struct tally_row {
	bool is_used;
	uint32_t site;
	struct address16 address;
	uint16_t counts[TALLY_WORKERS];
};

struct tally {
	pthread_mutex_t lock; /* robust: its holder may die */
	struct tally_row rows[TALLY_ROWS];
};

/* The address that stands for all clients of a site. */
extern const struct address16 tally_everyone;

bool tally_init(struct tally *t);

/* Counts one more, if there are fewer than `most` by now; else false. */
bool tally_enter(struct tally *t, unsigned worker, uint32_t site,
    const struct address16 *address, int most);
void tally_leave(struct tally *t, unsigned worker, uint32_t site,
    const struct address16 *address);

/* Takes back all that a worker counted: it is dead. */
void tally_forget(struct tally *t, unsigned worker);

#endif
