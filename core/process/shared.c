/* Memory that all processes of a server see. */
#define _GNU_SOURCE /* memfd_create */
#include "core/process/shared.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

struct shared *
shared_map(int fd)
{
	void *p = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct shared *
shared_create(int *fd)
{
	struct shared *shared;
	unsigned begin;

	*fd = memfd_create("verbena-shared", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, sizeof(struct shared)) != 0)
		return NULL;
	shared = shared_map(*fd);
	if (shared == NULL || !tally_init(&shared->tally) ||
	    !meter_init(&shared->meter))
		return NULL;
	if (getrandom(&begin, sizeof(begin), 0) != (ssize_t)sizeof(begin))
		return NULL;
	atomic_store(&shared->tags, begin);
	return shared;
}
