#ifndef CORE_MODULE_NEAREST_H
#define CORE_MODULE_NEAREST_H

#include <stddef.h>

#include <verbena/str.h>

/*
 * Did you mean ...? Of the names tried, the one that takes the fewest changes
 * of one letter to make of the one that was written: at most two, or a third of
 * its letters, and never more than half. `best` is NULL when none is as near.
 */
struct nearest {
	struct vb_str written;
	const char *best;
	size_t changes;
};

struct nearest nearest_begin(struct vb_str written);
void nearest_try(struct nearest *n, const char *name);

#endif
