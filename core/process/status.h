#ifndef CORE_PROCESS_STATUS_H
#define CORE_PROCESS_STATUS_H

#include "core/base/buffer.h"
#include "core/process/child.h"

/* The server as it is, in lines for people: the master and its children. */
struct status {
	const struct child *children;
	size_t n;
	int64_t started; /* the master; seconds since 1970 */
	bool has_served, is_ending;
};
void status_write(struct buffer *to, const struct status *status);

#endif
