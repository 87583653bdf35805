#ifndef CORE_PROCESS_NOTICES_H
#define CORE_PROCESS_NOTICES_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * What workers tell the queue: how far a segment of the journal is. All workers
 * write to one socket; what the queue did not read before it died, the next one
 * finds. A notice that is lost, with a queue that had read it, is told again
 * when the next queue asks (CONTROL_TELL).
 */
struct notice {
	uint64_t incarnation; /* of the segment */
	uint64_t end;         /* all up to here is written and synced */
	uint64_t is_sealed;   /* and nothing more will come */
};

/* The side that tells. */
struct notices;

struct notices *notices_create(uv_loop_t *loop, int fd);

/* Sends it, when there is room: the newest of a segment is enough. */
void notices_tell(struct notices *n, const struct notice *notice);

/*
 * Asks it (core/mail/kept_ask.h), and gives it the descriptor for the answer.
 * It has been told before how far the journal is: what was acknowledged before
 * somebody asked, it knows of. Takes both over. A queue that dies before it has
 * read this leaves it to the next; else the answer's other end just ends.
 */
void notices_ask(struct notices *n, struct buffer *question, int answer);

/* The side that is told: false when it is no notice. */
bool notice_read(struct vb_str octets, struct notice *notice);

#endif
