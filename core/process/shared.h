#ifndef CORE_PROCESS_SHARED_H
#define CORE_PROCESS_SHARED_H

#include "core/module/where.h"
#include "core/process/meter.h"
#include "core/process/tally.h"

/* Memory that all processes of a server see. */
enum { SHARED_PROCESSES = 1024 };

struct shared {
	_Atomic unsigned tags; /* the next for ids; begins anywhere */
	struct tally tally;
	struct meter meter;
	struct quarantine quarantine;
	struct where where[SHARED_PROCESSES]; /* by the slot of the process */
};

/* Makes it; *fd is what others map it with. NULL and errno on failure. */
struct shared *shared_create(int *fd);
struct shared *shared_map(int fd);

#endif
