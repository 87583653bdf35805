#ifndef CORE_PROCESS_FAMILY_H
#define CORE_PROCESS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/process/child.h"

/*
 * All the children of the master, as the configuration wants them. The first is
 * the queue. They are made once and for ever: a child that died is the same
 * child when it is started again.
 */
struct family {
	struct child *members;
	size_t n;
};

/* Makes them; none is started. The nursery has what was prepared. */
void family_make(struct family *f, struct nursery *nursery);

struct child *family_queue(const struct family *f);

/* Is this so for all of that kind? */
bool family_have_all(const struct family *f, enum child_kind kind,
    bool (*is)(const struct child *child));

/* Tells all of that kind that live, as child_tell(). */
void family_tell(const struct family *f, enum child_kind kind, char what);

/* Kills those of which this is so, or with NULL all, that live. */
void family_kill(const struct family *f, bool (*is)(const struct child *child));

/* Starts those that do not live, but the queue. */
void family_start_others(const struct family *f);

#endif
