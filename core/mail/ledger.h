#ifndef CORE_MAIL_LEDGER_H
#define CORE_MAIL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/mail/segment.h"

/*
 * The segments of the journal, as the queue sees them: how far each was read,
 * and how many of its messages are still to be delivered. One that nothing more
 * will come into and that nobody needs is freed.
 *
 * Marks of what is done stand in segments too. A mark is needed until the
 * segment of the message it speaks of is free. A message is always in a segment
 * that was there when the mark was written, so a segment with marks stays until
 * those that were there before it was sealed are gone. Two could wait for each
 * other: but a queue writes its segments one after another, so that marks in
 * one do not speak of messages in a later one; and what a worker declares void
 * stood in an earlier segment of its own, never in one of a queue.
 */
struct ledger_segment {
	struct ledger_segment *next;
	uint64_t incarnation;
	struct segment_reader reader;
	uint64_t end;   /* read up to here; 0: nothing vouched for yet */
	bool is_sealed; /* nothing comes after .end */
	bool is_orphan; /* its writer is gone: its records say where it ends */
	bool is_read;   /* all of it */
	bool is_broken; /* it cannot be read on, and stays */
	int64_t again;  /* when to try all the same, clock_steady_ms(); 0: it
	                   is not the disk, it is what is on it */
	bool is_searched; /* for marks: an orphan, up to its end */
	bool has_done;    /* marks of a queue */
	bool has_voids;   /* messages declared void, by any writer */
	unsigned keeps;   /* messages that need it */
	uint64_t number;  /* in the order in which they were written */
	uint64_t sealed;  /* the number that would have come next, then */
	bool is_going;    /* being freed */
};

struct ledger {
	uv_loop_t *loop;
	int dir;
	struct ledger_segment *first;
	uint64_t next_number;
	int error; /* 0, or why there may be some that we do not know of */
};

/* Lists what is there, after a start, as it was last written to. Segments that
   have a writer are left to be told of. False and errno, also when only one of
   them cannot be opened. */
VB_MUST_USE bool ledger_open(struct ledger *l, uv_loop_t *loop, int dir);

/* Told how far a segment is. */
void ledger_tell(
    struct ledger *l, uint64_t incarnation, uint64_t end, bool is_sealed);

/* A writer died: looks for segments that lost theirs. */
void ledger_look(struct ledger *l);

/* The same for those that are known. To be done now and then: a process that
   is killed may still have had its locks when we looked. And what the disk did
   not give us is tried again. */
void ledger_look_again(struct ledger *l);

/* A record that is no message was found in it. */
void ledger_note(struct ledger_segment *s, enum record_type type);

/* Is there something to be read in it? */
bool ledger_has_more(const struct ledger_segment *s);

/* Its writer told how far it is, or is gone; and so far it is read. */
bool ledger_has_told_all(const struct ledger_segment *s);

/* Is there something to be read in any of them? */
bool ledger_has_any(const struct ledger *l);

/* A message that needs it is done with. */
void ledger_release(struct ledger *l, struct ledger_segment *s);

/* Frees what can be freed. */
void ledger_sweep(struct ledger *l);

#endif
