#ifndef CORE_PROCESS_QUEUE_H
#define CORE_PROCESS_QUEUE_H

#include <stdatomic.h>
#include <uv.h>

#include "core/mail/intray.h"
#include "core/mail/journal.h"
#include "core/mail/kept.h"
#include "core/mail/lanes.h"
#include "core/mail/ledger.h"
#include "core/mail/parked.h"
#include "core/mail/schedule.h"
#include "core/process/generation.h"
#include "core/process/pool.h"
#include "core/process/roles.h"

/*
 * The queue: one process that knows what is accepted and not yet delivered,
 * hands it out, and sees to what comes of it.
 *
 *	queue.c         the process: what it is told, and when it ends
 *	arrive.c        messages become deliveries in lanes
 *	resolve.c       recipients that nobody has looked up
 *	expand.c        one that stands for several
 *	dispatch.c      batches for couriers and workers, and their reports
 *	errands.c       messages for workers, one after the other
 *	settle.c        what comes of a report: done, later, never
 *	marking.c       the journal is told what is done
 *	notify.c        notices to senders
 *	submit.h        messages of our own
 *	keeping.h       what its domain has to ask for
 *	parking.h       messages that stay go into files of their own
 *	unparking.c     they come back when they are due
 *	parked_end.c    their files go when nothing is left to do
 *	parked_start.c  what is parked when the process starts
 *	sweep.c         large messages that nobody knows of
 *	asked.h         what the command line asks
 *
 * A message leaves the journal when each of its recipients is served, or when
 * it is parked: written to a file of its own, which is read again when it is
 * due. So the journal holds what is on its way, and memory what is to be done
 * now.
 */

/* Messages in memory at one time. When there are more the journal is not read
   on, and at last workers can write no more to it. */
enum { QUEUE_MOST = 20000 };

/* Due before all else: what is kept, after a start. */
enum { DUE_FIRST = -1 };

struct queue {
	uv_loop_t *loop;
	const struct generation *g;
	int journal_dir, large_dir, parked_dir;
	struct journal *journal; /* our own: marks, and notices to senders */
	uint64_t marks, marks_ended; /* in it, so far */
	unsigned making_up; /* what is parked, and not yet marked, or was not */
	struct noting *noting; /* lanes that wait for some */
	struct ledger ledger;
	struct intray intray;
	struct map mails; /* in memory, by id */
	struct lanes lanes[PAIRS];
	struct pool *pools[PAIRS]; /* NULL where there is none */
	unsigned going[PAIRS];     /* batches */
	unsigned most[PAIRS];
	int64_t dispatched; /* when the last batch was, clock_steady_ms() */
	struct schedule schedule; /* what is parked, and when it is due */
	struct kept kept;         /* what is parked, until it is asked for */
	unsigned parking;         /* files being written or read */
	unsigned reading;         /* of these, read */
	struct parking *to_park, *last_to_park; /* files to be written */
	unsigned parking_batches;               /* of those that are */
	struct map busy;        /* ids of these messages, where one is */
	struct asked *deferred; /* until a file is not busy any more */
	unsigned n_asked;       /* requests not answered yet */
	bool
	    is_flushed; /* so is what is still found by the walk at the start */
	int64_t asked;  /* the last time that mail was to be sent now */
	struct walking *walking; /* looks for what was parked at the start */
	unsigned rereading;      /* files of it, that are DUE_FIRST */
	struct kept_asker *kept_askers; /* not answered yet */
	struct collection *collections;
	unsigned n_collections;
	struct map wanted; /* by collections: ids of files being read */
	uv_idle_t turn;
	uv_timer_t soon;
	atomic_bool is_stopping; /* which threads look at, too */
	bool is_swept;           /* queue_sweep() has been at work */
};

/* Something may be to do: looks at the end of this turn of the loop. */
void queue_turn(struct queue *q);

/* The same, but not before so many milliseconds. */
void queue_dispatch_in(struct queue *q, uint64_t ms);

/* arrive.c: from the journal, or read from its file. */
void queue_arrived(void *queue, struct mail *m, bool again);

/* Puts a delivery into its lane, or settles it when it has none. */
void queue_enter(struct queue *q, struct delivery_due *d, bool first);

/* resolve.c: finds out who a recipient is that nobody has looked up, then
   enters it. */
void queue_resolve(struct queue *q, struct delivery_due *d);

/* expand.c: gives the message to these in its place, and settles it. They must
   last as long as the message. */
void queue_expand(struct queue *q, struct delivery_due *d,
    const struct recipient *to, size_t n);

/* errands.c: with its route where that is kept. */
struct vb_str queue_reverse_path(const struct mail *m);

/* For a worker, one message, for these of its recipients. */
void queue_pack_errand(struct buffer *to, const struct queue *q,
    struct delivery_due *const *deliveries, size_t n);

/* The lane gets its turn back when it is noted what became of this message; it
   is looked at that in each turn. */
void queue_give_back_noted(
    struct queue *q, struct lane *lane, struct vb_str id);
void queue_look_at_noted(struct queue *q);

/* dispatch.c */
void queue_dispatch(struct queue *q);

/* settle.c: one delivery of the message has ended so; and when none is under
   way any more, what becomes of the message. */
void queue_settle(
    struct queue *q, struct delivery_due *d, const struct report *report);

/* One thing fewer is under way for it. */
void queue_close_one(struct queue *q, struct mail *m);

/* Its site's settings, or the top's where there is no such site. */
const struct retry_conf *queue_retry(
    const struct queue *q, const struct mail *m);

/* notify.c: tells the sender of what failed or is late. True when that goes on
   and queue_close_one() will be called; false when nothing is to be told. */
bool queue_tell_sender(struct queue *q, struct mail *m);

/* marking.c: marks these recipients as served, in the journal; none of them
   means all. */
void queue_mark(struct queue *q, const struct mail *m, const unsigned *numbers,
    size_t n, bool is_lax);

/* Marks all of it: the journal need not keep it any more. Calls `then` when
   this is durable, with 0, or has failed, with an errno value. */
typedef void queue_marked(void *data, int error);
void queue_mark_done(
    struct queue *q, struct vb_str id, queue_marked *then, void *data);

/* The same of what the journal tells of though it is parked; and before such a
   file goes: at once where the journal cannot have it any more. */
void queue_make_up(struct queue *q, struct vb_str id);
void queue_mark_parked(
    struct queue *q, struct vb_str id, queue_marked *then, void *data);

void queue_log_unmarked(struct vb_str id, int error);

/* It is done with, here: its segment may go, and it is forgotten. */
void queue_forget(struct queue *q, struct mail *m);

/* parking.h: to its file, until it is due; or only into its file, durably, what
   was done, while some of it is still under way. */
void queue_park(struct queue *q, struct mail *m);
void queue_note(struct queue *q, struct mail *m);

/* In each turn: files are written of what has come together. */
void queue_write_parked(struct queue *q);

/* parked_end.c: removes its file, then forgets it. */
void queue_end_parked(struct queue *q, struct mail *m);

/* unparking.c: reads what is due. */
void queue_unpark_due(struct queue *q);

/* Reads one, whether it is due or not. Its file must not be busy. */
void queue_unpark(struct queue *q, struct vb_str id);

/* parked_start.c: looks for what is parked. False and errno: it cannot be. */
bool queue_parked_open(struct queue *q);

/* A parked message, of which the walk at the start need not tell; and when it
   is due, unless that is INT64_MAX. */
void queue_know(struct queue *q, struct vb_str id);
void queue_schedule(struct queue *q, struct vb_str id, int64_t due);

/* sweep.c: once, when all is read that was there at the start. */
void queue_sweep(struct queue *q);

/* asked.c: a request of the command line; takes the descriptor. */
void queue_asked(struct queue *q, struct vb_str words, int fd);

/* A file is not busy any more: what waited for that is begun again. */
void queue_ask_again(struct queue *q);

/* Tells those who asked about a message what came of it. */
void queue_tell_asked(struct mail *m, bool has_failed, const char *said);

/* asked_one.c: a delivery of what is to be held or removed does not begin. */
void queue_put_aside(struct queue *q, struct delivery_due *d);

/* asked_remove.c: nothing of it is under way any more. */
void queue_remove(struct queue *q, struct mail *m);

#endif
