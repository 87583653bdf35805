#ifndef CORE_MAIL_OPENED_H
#define CORE_MAIL_OPENED_H

#include "core/base/map.h"
#include "core/base/memory.h"

/*
 * Files and directories that stay open while a batch lasts: many of a batch go
 * to the same place, and come from the same. Zero-initialised is empty; the
 * entries are in the arena.
 */
struct opened {
	struct map files, directories; /* by path */
	struct map lent;               /* by name */
	struct opened_one *first;
};

/* The descriptor, the same for the same path. -1 and errno. A directory is made
   where it is missing, and those above it. */
int opened_file(struct opened *o, struct arena *arena, const char *path);
int opened_directory(struct opened *o, struct arena *arena, const char *path);

/* A descriptor under a name, until the batch is over. The last one counts. */
void opened_lend(
    struct opened *o, struct arena *arena, struct vb_str name, int fd);

/* -1: there is none of that name. */
int opened_borrow(const struct opened *o, struct vb_str name);

void opened_close(struct opened *o);

#endif
