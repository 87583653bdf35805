/* Nice values and slices. */
#define _GNU_SOURCE /* syscall */
#include "core/io/urgency.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc has no function for it before 2.41. */
static bool
set(int nice, unsigned slice_us)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = nice,
		.sched_runtime = (uint64_t)slice_us * 1000,
	};

	return syscall(SYS_sched_setattr, 0, &attr, 0) == 0;
}

int
urgency_nice(void)
{
	return getpriority(PRIO_PROCESS, 0);
}

bool
urgency_set(struct urgency urgency)
{
	int error;

	if (set(urgency.nice, urgency.slice_us))
		return true;
	error = errno;
	if (urgency.slice_us != 0)
		(void)set(urgency_nice(), urgency.slice_us);
	errno = error;
	return false;
}
