/* One queue at a time. */
#include "core/io/queue_lock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

static bool
lock(int dir, int how)
{
	int result;

	do
		result = flock(dir, how);
	while (result != 0 && errno == EINTR);
	return result == 0;
}

/* Who is killed gives its locks back one after the other. */
bool
queue_lock_alone(int dir)
{
	const struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };

	if (!lock(dir, LOCK_EX))
		return false;
	nanosleep(&nap, NULL);
	return lock(dir, LOCK_SH);
}

bool
queue_lock_try(int dir)
{
	return lock(dir, LOCK_EX | LOCK_NB);
}

bool
queue_lock_share(int dir)
{
	return lock(dir, LOCK_SH);
}
