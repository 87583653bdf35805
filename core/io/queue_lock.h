#ifndef CORE_IO_QUEUE_LOCK_H
#define CORE_IO_QUEUE_LOCK_H

#include <stdbool.h>

#include <verbena/attr.h>

/*
 * One queue at a time, and no courier of an earlier one beside it: by flock(2)
 * on the queue's directory, which the kernel takes back from whoever dies.
 */

/* A queue: waits until nobody else has it, then shares it with its couriers.
   False and errno. `dir` must stay open. */
VB_MUST_USE bool queue_lock_alone(int dir);

/* Somebody who works on its files while no server runs: does not wait. False
   and errno, EWOULDBLOCK when a queue or courier is at work. */
VB_MUST_USE bool queue_lock_try(int dir);

/* A courier: waits until a queue shares it. */
VB_MUST_USE bool queue_lock_share(int dir);

#endif
