#ifndef CORE_PROCESS_TURNED_H
#define CORE_PROCESS_TURNED_H

#include <uv.h>

#include "core/process/generation.h"
#include "core/process/notices.h"
#include "core/smtp/session.h"

/*
 * A connection whose roles were swapped: it was the other that came to us, and
 * now it is we who are the client. What the queue has kept for the other goes
 * over it, then QUIT or, once, TURN.
 *
 * Like a session it takes octets and gives octets, and whoever has the
 * connection watches its deadline. It makes large messages piece by piece:
 * turned_step() is to be called whenever something may have changed.
 */
struct turned;

enum turned_state {
	TURNED_GOING,
	TURNED_OVER, /* send the output, and close */
	TURNED_BACK, /* the other is the client again: we are to greet it */
	TURNED_LOST, /* the queue is gone, and gives to others what was going:
	                close at once */
};

struct turned_settings {
	uv_loop_t *loop;
	const struct generation *generation;
	struct notices *notices; /* the way to the queue */
	struct vb_str session;   /* the id that both directions have in logs */
	struct vb_str remote;    /* "[192.0.2.1]:25" */
	const struct session_turn *turn;
	bool may_turn_back;
	void (*changed)(void *data); /* call turned_step(); not from within */
	void *data;
};

/* All but the generation is copied. NULL and a line in the log when the queue
   cannot be asked. */
struct turned *turned_create(const struct turned_settings *settings);
void turned_destroy(struct turned *t); /* takes NULL */

void turned_input(struct turned *t, struct vb_str octets);
struct buffer *turned_output(struct turned *t);

/* Moves on. `unsent` octets were taken from the output and are not sent: while
   there are any, it makes no more of a message. */
void turned_step(struct turned *t, size_t unsent);

enum turned_state turned_state(const struct turned *t);

/* When (clock_steady_ms) turned_timeout() is to be called. */
int64_t turned_deadline(const struct turned *t, size_t unsent);
void turned_timeout(struct turned *t);

/* Finishes the message that is going, and says QUIT. */
void turned_finish(struct turned *t);

#endif
