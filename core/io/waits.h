#ifndef CORE_IO_WAITS_H
#define CORE_IO_WAITS_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/attr.h>

/*
 * Waiting, in a process that may block, until one of several descriptors can be
 * read from. One may be shared: when many processes wait for it only one of
 * them is woken, instead of all of which one finds something.
 */
struct waits {
	int fd;
};

/* False and errno. */
VB_MUST_USE bool waits_open(struct waits *w);
VB_MUST_USE bool waits_add(
    struct waits *w, int fd, unsigned number, bool is_shared);

/* The number of one that can be read from, or has ended; -1 and errno. */
int waits_next(const struct waits *w);

#endif
