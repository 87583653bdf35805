/* A lock in memory that processes share. */
#include "core/io/shared_lock.h"

#include <errno.h>

bool
shared_lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;

	return pthread_mutexattr_init(&attributes) == 0 &&
	       pthread_mutexattr_setpshared(
		   &attributes, PTHREAD_PROCESS_SHARED) == 0 &&
	       pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) ==
	           0 &&
	       pthread_mutex_init(lock, &attributes) == 0;
}

void
shared_lock_take(pthread_mutex_t *lock)
{
	if (pthread_mutex_lock(lock) == EOWNERDEAD)
		pthread_mutex_consistent(lock);
}
