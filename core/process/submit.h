#ifndef CORE_PROCESS_SUBMIT_H
#define CORE_PROCESS_SUBMIT_H

#include "core/process/queue.h"

/*
 * A message of our own, into our own journal: we read it there as all others.
 * Zero-initialised, then envelope and body are filled in. Both must stay until
 * it is answered.
 */
struct submission {
	struct envelope envelope; /* but .octets */
	struct buffer body;
	struct buffer head;
	struct journal_entry entry;
};

void queue_submit(
    struct queue *q, struct submission *s, journal_done *done, void *data);

void submission_finish(struct submission *s);

#endif
