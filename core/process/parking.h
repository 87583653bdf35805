#ifndef CORE_PROCESS_PARKING_H
#define CORE_PROCESS_PARKING_H

#include "core/process/queue.h"

/*
 * One message on its way to its file, or what is new on its way into it; its id
 * is in queue.busy meanwhile.
 *
 *	parking.c       what is to be written, and what comes of it
 *	parking_files.c new files, many at a time
 *	parking_notes.c what is new, in a file that is there
 */
struct parking {
	uv_work_t work;
	struct queue *queue;
	struct mail *mail;
	struct map_node busy;
	struct parking *next;      /* they wait for a batch */
	const char *source;        /* a path */
	struct parked_new file;    /* .error is in any case what came of it */
	struct parked_note *notes; /* what its file does not tell yet */
	size_t n_notes;
};

/* parking.c: of the message as it is now. */
struct parking *parking_create(struct queue *q, struct mail *m);

/* parking_notes.c: it must not be forgotten, or others would get it again. */
bool parking_must_last(const struct parked_note *note);

/* It need not be done: the server is told to stop. Any thread may ask. */
bool parking_is_needless(const struct parking *p);

/* The file has it, or .file.error tells why it has not. */
void parking_is_over(struct parking *p);

/* parking_files.c: leaves the journal, then is over. */
void parking_write(struct parking *p);

/* parking_notes.c: its file is told what is new, then it is over. */
void parking_change(struct parking *p);

#endif
