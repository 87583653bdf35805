#ifndef CORE_PROCESS_COLLECT_STATE_H
#define CORE_PROCESS_COLLECT_STATE_H

#include <uv.h>

#include "core/process/keeping.h"

/* A connection that collects what is kept, as collect.c and collect_next.c
   share it. */
enum stage {
	STAGE_BEGINS = 0, /* the queue reads what it was told of by then */
	STAGE_CHOOSES,    /* the next message, or waits until it can be had */
	STAGE_READS,      /* its file */
	STAGE_OUT,        /* the other side has it */
	STAGE_NOTES,      /* what became of it is written */
};

struct collection {
	struct map_node wanted; /* STAGE_READS: in queue.wanted, by id */
	uv_poll_t socket;
	struct queue *queue;
	struct collection *next, **link; /* in the queue's list */
	struct arena *arena;
	struct kept_ask ask;
	int fd;
	enum stage stage;
	int64_t since;  /* it has not got further; clock_steady_ms() */
	int64_t looked; /* at what was put off */
	struct kept_list ids;
	size_t at, n_off; /* those before .at are done with, but for the first
	                     .n_off, which were put off */
	char id[SCHEDULE_ID]; /* of the message it is about */
	struct delivery_due **due;
	size_t n_due, n_done, n_out;
	size_t messages; /* so far */
};

/* Gets further; .since is now. */
void collection_enter(struct collection *c, enum stage stage);

/* It has not got further for long. */
bool collection_has_waited(const struct collection *c);

/* Says that there is no more, and ends it. */
void collection_finish(struct collection *c, const char *why);

/* collect_next.c: lists what is to be had. */
void collection_list(struct collection *c);

/* The next message: begins to read it, waits, or finishes. */
void collection_choose(struct collection *c);

#endif
