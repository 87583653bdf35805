#ifndef CORE_PROCESS_ROLE_H
#define CORE_PROCESS_ROLE_H

#include "core/process/generation.h"
#include "core/process/shared.h"

/* What every role begins with: the generation is loaded from the snapshot, the
   log opened as it says, our place in shared memory taken. NULL when it cannot
   be, which was told. */
struct generation *role_begin(
    const char *name, unsigned slot, struct shared **shared);

/* A role hears of signals from the master only. */
void role_ignore_signals(void);

/* Does what a control message says of the log; true when it was about that. */
bool role_take_log(char what, int fd);

/* Did we inherit this descriptor? */
bool role_has_fd(int fd);

/* Opens a directory below state_dir. -1 and errno on failure. */
int role_state_dir(const struct process_conf *conf, const char *name);

/* The same below run_dir. */
int role_run_dir(const struct process_conf *conf, const char *name);

#endif
