#ifndef CORE_PROCESS_INTAKE_H
#define CORE_PROCESS_INTAKE_H

#include <uv.h>

#include <verbena/str.h>

#include "core/io/spool.h"
#include "core/mail/journal.h"
#include "core/smtp/session.h"

/*
 * Taking a complete message: into the journal, and then it is ours.
 *
 * A message is taken when it is durable, and then answered 250; nothing else
 * may say so. What becomes of it then is the queue's business.
 */
struct intake_settings {
	uv_loop_t *loop;
	struct journal *journal;
	int large_dir;    /* for messages that are files of their own */
	uint64_t reserve; /* octets to leave free in the file system */
	void (*ended)(void *data); /* one more message is done with */
	void *data;
};

struct intake;

/* Called once, never from within intake_take(). Code 0: it is not known whether
   the message is there, so nothing may be said. */
typedef void intake_done(
    void *data, int code, const char *status, struct vb_str text);

/*
 * Takes a message; the spool becomes its own, and what `message` points to is
 * copied. The client may go meanwhile: then intake_forget(), and the message is
 * taken all the same.
 */
struct intake *intake_take(const struct intake_settings *settings,
    const struct message *message, struct spool *spool, intake_done *done,
    void *data);
void intake_forget(struct intake *i);

/* How many are under way in this process. */
unsigned intake_count(void);

#endif
