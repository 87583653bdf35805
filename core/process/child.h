#ifndef CORE_PROCESS_CHILD_H
#define CORE_PROCESS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "core/process/prepare.h"
#include "core/process/roles.h"
#include "core/process/shared.h"

struct child;

/* What all children of the master are given. */
struct nursery {
	const struct prepared *prepared;
	uv_loop_t *loop;
	struct shared *shared;
	int shared_fd;
	int pairs[PAIRS][2]; /* the end that asks, the end that serves */
	bool is_closed;      /* nobody is started any more */
	void (*ready)(const struct child *child); /* it is at work */
};

/* Makes the memory and the sockets they share. False and errno on failure. */
bool nursery_open(struct nursery *n, uv_loop_t *loop);

/* Makes a pair anew: what nobody took is forgotten. Only for processes that are
   started from now on. False and errno: it stays as it was. */
bool nursery_renew(struct nursery *n, enum pair pair);

enum child_kind { CHILD_QUEUE, CHILD_WORKER, CHILD_COURIER };

/* One process: a slot that is filled again when its process dies. */
struct child {
	const struct nursery *nursery;
	enum child_kind kind;
	unsigned number; /* of the worker; the pair a courier serves */
	unsigned slot;   /* in shared memory */
	pid_t pid;       /* 0: none now */
	int64_t started;
	int control; /* our end */
	bool is_ready, is_stalled;
	uv_poll_t from_child;
	uv_timer_t again;
};

/* "queue", "worker", "courier" */
const char *child_role(const struct child *child);

/* Does it deliver for the queue? */
bool child_is_postman(const struct child *child);

/* Starts its process; when that fails, tries again in a second. */
void child_start_in(struct child *child, uint64_t ms);

/* Sends a control message, with a descriptor unless fd is -1. */
void child_tell(const struct child *child, char what, int fd);

/* The same with more octets behind the first. False and errno. */
bool child_hand(
    const struct child *child, char what, struct vb_str more, int fd);

/* Its process ended with this status of waitpid(2): tells the log, and which
   module it was in. */
void child_log_death(const struct child *child, int status);

/* Did module code end it? SIGKILL comes from somebody else: from us, or for
   want of memory, or because a delivery took too long. */
bool child_has_crashed(const struct child *child, int status);

/* The process is no more; what it counted is taken back. */
void child_forget(struct child *child);

#endif
