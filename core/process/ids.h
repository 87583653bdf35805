#ifndef CORE_PROCESS_IDS_H
#define CORE_PROCESS_IDS_H

#include <verbena/str.h>

/*
 * Ids of sessions and messages: thirteen digits and capital letters, unique
 * over workers and time: microseconds, never twice the same, the worker's
 * number, and a few bits by chance for each process, should the clock have
 * stepped back between two starts. What is named like another message counts as
 * delivered where that one was.
 */
void id_open(unsigned worker);

/* It lives until the next is made. */
struct vb_str id_make(void);

#endif
