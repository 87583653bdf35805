#ifndef CORE_MAIL_OPENED_H
#define CORE_MAIL_OPENED_H

#include "core/base/memory.h"

/*
 * Files and directories that stay open while a batch lasts: many of a batch go
 * to the same place, and come from the same. The list is in the arena, NULL
 * when empty.
 */
struct opened {
	const char *path;
	int fd;
	struct opened *next;
};

/* The descriptor, the same for the same path. -1 and errno. A directory is made
   where it is missing, and those above it. */
int opened_file(struct opened **first, struct arena *arena, const char *path);
int opened_directory(
    struct opened **first, struct arena *arena, const char *path);

void opened_close(const struct opened *first);

#endif
