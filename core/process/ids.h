#ifndef CORE_PROCESS_IDS_H
#define CORE_PROCESS_IDS_H

#include <verbena/str.h>

/*
 * Ids of sessions and messages: seventeen digits and capital letters, unique
 * over processes and time, whatever the clock does. What is named like another
 * message counts as delivered where that one was.
 */
void id_open(void);

/* It lives until the next is made. */
struct vb_str id_make(void);

#endif
