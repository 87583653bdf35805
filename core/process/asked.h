#ifndef CORE_PROCESS_ASKED_H
#define CORE_PROCESS_ASKED_H

#include "core/process/queue.h"

/*
 * What the command line asks of the queue, until it is answered.
 *
 *	asked.c         what is asked, and how it is answered
 *	asked_one.c     hold, release, remove: one message
 *	asked_flush.c   flush: many
 *	asked_remove.c  a message is taken out of journal and files, durably
 *
 * A message is in memory, or in its file alone. While a file is being written,
 * read or changed its id is in queue.busy: what is asked of it then waits in
 * queue.deferred.
 */
struct flushing;

struct asked {
	struct queue *queue;
	struct asked *next; /* deferred, or about the same message */
	int fd;             /* the connection */
	void (*begin)(struct asked *a);
	char name[256]; /* the id of a message, or a domain */
	struct flushing *flushing;
	struct map_node busy;
	uv_work_t work;
	bool was_held;
	int error;
};

/* At the same time. */
enum { ASKED_MOST = 64 };

/* Answers with a sentence that begins with the name, and ends it. */
void asked_end(struct asked *a, int code, const char *fmt, ...) VB_PRINTF(3, 4);

/* A sentence before the last. */
void asked_say(const struct asked *a, const char *fmt, ...) VB_PRINTF(2, 3);

/* To be begun again when a file is done with. */
void asked_defer(struct asked *a);

/* All who asked about this message. */
void asked_end_all(struct mail *m, int code, const char *said);

/* How each begins. */
void asked_hold(struct asked *a);
void asked_release(struct asked *a);
void asked_remove(struct asked *a);
void asked_flush(struct asked *a);

/* Removes what is in its file alone, then answers. */
void asked_remove_file(struct asked *a);

#endif
