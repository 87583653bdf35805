#ifndef CORE_PROCESS_OUTBOUND_STATE_H
#define CORE_PROCESS_OUTBOUND_STATE_H

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/process/outbound.h"
#include "core/smtp/client.h"

/*
 * What outbound is made of; for its own files.
 *
 *	outbound.c          jobs, and who they are given to
 *	destination.c       one next hop: addresses, connections, what is dead
 *	destination_jobs.c  what waits for it
 *	link.c              one connection, with link_talk.c
 *	outbound_job.c      one job: its recipients and their reports
 */
struct outbound {
	uv_loop_t *loop;
	struct resolver *resolver;
	outbound_turned *turned;
	void *data;
	struct map by_key; /* destinations */
	unsigned jobs;
	bool is_finishing;
};

/* outbound_job.c */
struct job_out {
	struct job_out *next; /* that waits */
	struct outbound *outbound;
	struct arena *arena;
	struct outbound_job is;
	struct outbound_report *reports; /* VB_FAILED: none yet */
	const struct vb_str *pending;    /* recipients that have none */
	size_t *numbers;                 /* which those are */
	size_t n_pending;
	int attempts; /* connections that were of no use */
	outbound_done *done;
	void *data;
};

/* A next hop is to be visited: there is nothing to send. */
bool job_out_is_visit(const struct job_out *j);

struct job_out *job_out_create(struct outbound *o,
    const struct outbound_job *job, outbound_done *done, void *data);

/* What the client is to send: to the recipients that have no report yet. */
struct client_mail job_out_begin(struct job_out *j);

/* Takes the results of the pending recipients. True: all have a report now;
   false: another connection, if there is one to be had, is worth a try for the
   rest. */
bool job_out_take(struct job_out *j, const struct client_result *results,
    struct vb_str remote, bool has_another);

/* The rest get this one; tells the caller, and is gone. */
void job_out_end(struct job_out *j, const struct client_result *result,
    struct vb_str remote);

/* Nobody wants it any more: tells the caller no reports, and is gone. */
void job_out_abandon(struct job_out *j);

/* destination.c */

/* Addresses, shared by a destination and its links. */
struct addresses {
	unsigned users;
	struct arena *arena;
	struct resolved_address *items;
	size_t n;
};

void addresses_drop(struct addresses *a); /* takes NULL */

struct destination {
	struct map_node by_key;
	struct outbound *outbound;
	struct arena *arena;
	struct vb_str next_hop, name;
	struct vb_route route; /* of the last job */
	struct job_out *waiting, **end;
	unsigned n_waiting, n_visits; /* all of them; visits */
	struct link *links;
	unsigned n_links, n_connecting;
	unsigned n_asked; /* connections with TURN said, until they end */
	struct addresses *addresses;
	int64_t addresses_until;
	bool is_resolving;
	int64_t dead_since, dead_until; /* it cannot be reached ... */
	struct arena *dead_arena;
	struct client_result dead; /* ... for this reason */
	struct vb_str dead_remote;
	int64_t cramped_until; /* it takes no more connections than it has */
	uv_timer_t soon;
};

struct destination *destination_for(
    struct outbound *o, const struct outbound_job *job);
void destination_add(struct destination *d, struct job_out *j);

/* The next job that waits and may go, or NULL; and how many those are. */
struct job_out *destination_take(struct destination *d);
unsigned destination_count(const struct destination *d);

/* The next, whether it may go or not. */
struct job_out *destination_take_any(struct destination *d);

/* Puts back one that another connection is to try, as the next. */
void destination_put_back(struct destination *d, struct job_out *j);

/* A link could not be made at any address. */
void destination_failed(struct destination *d,
    const struct client_result *result, struct vb_str remote);

/* One connection fewer is asked for its mail. */
void destination_turn_ended(struct destination *d);

/* Is the next hop to be asked for its mail when it has ours? */
bool destination_is_asked(const struct destination *d);

/* Something changed: looks, soon, what can be begun. */
void destination_stir(struct destination *d);

/* Drops what waits and what goes on. */
void destination_abandon(struct destination *d);

void destination_destroy(struct destination *d);

/* link.c */

/* Makes a connection to the first address that takes one; then it takes what
   waits, one after the other. */
void link_open(struct destination *d);

/* Closes it, whatever it is doing; its job is abandoned. */
void link_abandon(struct link *l);

/* Those that are idle look whether something waits, or end. */
void links_stir(struct destination *d);

#endif
