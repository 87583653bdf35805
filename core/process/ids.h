#ifndef CORE_PROCESS_IDS_H
#define CORE_PROCESS_IDS_H

#include <verbena/str.h>

enum { ID_LENGTH = 13 };

/*
 * Ids of sessions and messages: thirteen digits and capital letters, unique
 * over processes and time: microseconds, never twice the same, and a tag that
 * no other process of the server has, nor, but by rare chance, one of an
 * earlier start, should the clock have stepped back since. What is named like
 * another message counts as delivered where that one was.
 */
void id_open(unsigned tag);

/* It lives until the next is made. */
struct vb_str id_make(void);

#endif
