#ifndef CORE_PROCESS_LINK_STATE_H
#define CORE_PROCESS_LINK_STATE_H

#include "core/io/channel.h"
#include "core/process/outbound_state.h"

/*
 * What a link is made of; for its own files.
 *
 *	link.c       addresses, connecting, closing
 *	link_talk.c  the client and its mails
 */

struct link {
	struct link *next, **from; /* in the destination's list */
	struct destination *destination;
	struct addresses *addresses;
	size_t at;               /* the address */
	struct channel *channel; /* NULL: there is none */
	struct client *client;   /* NULL while it connects */
	struct job_out *job;
	unsigned messages; /* over this connection */
	bool is_connecting, was_ready, has_failed_job;
	bool has_asked; /* for mail, which the destination counts */
	int64_t until;  /* while it connects or is idle */
	uv_timer_t timer;
	struct arena *arena;
	struct client_result failure; /* the worst address's */
	struct vb_str failed_remote;
};

/* link.c */

/* Connects to the address it is at, or to one after it, or gives up; to the
   next. What was there is closed. */
void link_find_address(struct link *l);
void link_next_address(struct link *l);

/* It is of no more use. */
void link_close(struct link *l);

/* What came of an address; what may work later counts for more. */
void link_note_failure(struct link *l, struct client_result result);

void link_set_connecting(struct link *l, bool is_connecting);
void link_set_timer(struct link *l);

/* "mx.isi.test[192.0.2.1]:25" */
struct vb_str link_remote(struct link *l);

/* link_talk.c */

/* Looks where the client is, after anything that may have moved it on. */
void link_step(struct link *l);

/* It has sent what it may, and is ready: TURN or QUIT. */
void link_end(struct link *l);

/* What it was given of a message is sent, and it wants more: soon, since
   others want their turn. */
bool link_wants_body(const struct link *l);

#endif
