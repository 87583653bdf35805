#ifndef CORE_COMMAND_ASK_H
#define CORE_COMMAND_ASK_H

#include <stddef.h>

/*
 * Asks the server that runs, and prints what it answers. The exit code; -1 when
 * no server runs there, which is not told. All else that goes wrong is told,
 * and is 1.
 */
int ask_server(const char *run_dir, char *const *words, size_t n);

/* "no server runs ...", on stderr; 1. */
int ask_tell_none(const char *run_dir);

#endif
