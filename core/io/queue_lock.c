/* One queue at a time. */
#include "core/io/queue_lock.h"

#include <errno.h>
#include <sys/file.h>

static bool
lock(int dir, int how)
{
	int result;

	do
		result = flock(dir, how);
	while (result != 0 && errno == EINTR);
	return result == 0;
}

bool
queue_lock_alone(int dir)
{
	return lock(dir, LOCK_EX) && lock(dir, LOCK_SH);
}

bool
queue_lock_share(int dir)
{
	return lock(dir, LOCK_SH);
}
