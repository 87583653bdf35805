#ifndef CORE_PROCESS_LISTENERS_H
#define CORE_PROCESS_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/memory.h"
#include "core/io/conf.h"

/* The listening sockets of all sites, in the order of the file. */
struct listeners {
	int *fds;
	const char **paths; /* of unix sockets that we made; else NULL */
	size_t n;
};

/*
 * Opens them, or takes those that the service manager passed. False, told on
 * stderr, when one cannot be opened, or one was passed that is in no site's
 * `listen`. What it names lives in the arena.
 */
bool listeners_open(
    struct listeners *l, const struct conf *conf, struct arena *arena);

/* Closes them, and removes the unix sockets that we made. May be called again.
 */
void listeners_close(struct listeners *l);

#endif
