#ifndef CORE_IO_SHARED_LOCK_H
#define CORE_IO_SHARED_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#include <verbena/attr.h>

/*
 * A lock in memory that processes share. Who has it may die: then the next gets
 * it, with what it guards as the dead one left it. Released with
 * pthread_mutex_unlock().
 */
VB_MUST_USE bool shared_lock_init(pthread_mutex_t *lock);
void shared_lock_take(pthread_mutex_t *lock);

#endif
