#ifndef CORE_COMMAND_PLACE_H
#define CORE_COMMAND_PLACE_H

#include <stdbool.h>

#include "core/base/memory.h"

/* Where a server's files are, as its configuration says. */
struct place {
	struct arena *arena;
	const char *run_dir, *state_dir, *user;
};

/* False when the configuration cannot be read, which is told on stderr. */
bool place_read(const char *file, struct place *place);

/*
 * Root becomes the user of the server, for good: what lies in directories that
 * are not root's is not to be touched with root's rights. Others stay who they
 * are. False, and told, when that cannot be.
 */
bool place_enter(const struct place *place);

/* A directory of state_dir, open. -1, and told, when it cannot be. */
int place_open(const struct place *place, const char *name);

#endif
