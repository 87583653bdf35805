#ifndef CORE_PROCESS_MASTER_H
#define CORE_PROCESS_MASTER_H

/*
 * Runs the server with this configuration file, in the foreground, until it is
 * told to stop. Returns the exit code: 0 when it ended as it was told to, 1
 * when it could not start.
 */
int master_run(const char *file);

#endif
