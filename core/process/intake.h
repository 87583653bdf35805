#ifndef CORE_PROCESS_INTAKE_H
#define CORE_PROCESS_INTAKE_H

#include <verbena/str.h>

#include "core/io/spool.h"
#include "core/process/pool.h"
#include "core/smtp/session.h"

/*
 * Where a complete message goes: the seam behind which the journal will be.
 *
 * A message is taken when it is durable, and then answered 250; nothing else
 * here may say so. For now that is when a courier has put it, synced, into each
 * of its mailboxes.
 */
struct intake_pools {
	struct pool *deliveries;
	struct pool *recipients;   /* NULL when there is none */
	void (*ended)(void *data); /* one more message is done with */
	void *data;
};

struct intake;

/* Called once, never from within intake_take(). */
typedef void intake_done(
    void *data, int code, const char *status, struct vb_str text);

/*
 * Takes a message; the spool becomes its own, and what `message` points to is
 * copied. The client may go meanwhile: then intake_forget(), and the message is
 * delivered all the same.
 */
struct intake *intake_take(const struct intake_pools *pools,
    const struct message *message, struct spool *spool, intake_done *done,
    void *data);
void intake_forget(struct intake *i);

/* How many are under way in this process. */
unsigned intake_count(void);

#endif
