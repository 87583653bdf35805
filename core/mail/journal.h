#ifndef CORE_MAIL_JOURNAL_H
#define CORE_MAIL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <verbena/str.h>

#include "core/mail/record.h"
#include "core/mail/segment.h"

/*
 * The journal of one process: what is appended is durable when it is answered.
 *
 * Group commit: while one batch is being written and synced, off the loop, the
 * next gathers; then all of it goes out with one write and one fdatasync(2),
 * and all that waited are answered. So the rate grows with what is going on,
 * and is not that of one sync a message.
 *
 * A write or sync that fails is never tried again in the same segment. The
 * segment is given up, and the messages that were in the batch are declared
 * void in another one, durably, before anybody is told that it failed. Until
 * then the segment stays locked: who comes after a crash must not take it for
 * one whose writer died, and read more of it than was acknowledged.
 */
struct journal;

enum journal_result {
	JOURNAL_DURABLE,
	JOURNAL_FAILED,  /* it is not there, and never will be; errno-like */
	JOURNAL_UNKNOWN, /* it may be there or not: say nothing */
};

/* Where a record is. */
struct journal_place {
	uint64_t incarnation, at;
};

/* `error` is an errno value where it failed. */
typedef void journal_done(void *data, enum journal_result result, int error,
    struct journal_place place);

/* What is to be appended. All it points to must stay until it is answered. */
struct journal_entry {
	enum record_type type;
	struct vb_str id;
	struct vb_str head; /* an envelope, or what else the type has */
	struct vb_str body; /* the octets of the message */
	bool is_lax;        /* need not be synced to be answered */
};

struct journal_settings {
	uv_loop_t *loop;
	int dir; /* of segments; stays the caller's */
	struct segment_limits limits;

	/* Everything in the segment up to `end` is written, and durable but
	   for lax entries; with is_sealed, nothing more will come. */
	void (*advanced)(
	    void *data, uint64_t incarnation, uint64_t end, bool is_sealed);
	void *data;
};

struct journal *journal_create(const struct journal_settings *settings);

/* Answers once, never from within. Head and body of more than JOURNAL_LARGEST
   octets do not fit a segment: JOURNAL_FAILED, EMSGSIZE. */
enum { JOURNAL_LARGEST = SEGMENT_SIZE - 4 * SEGMENT_BLOCK };
void journal_append(struct journal *j, const struct journal_entry *entry,
    journal_done *done, void *data);

/* Tells again, through .advanced, how far the present segment is. */
void journal_tell(const struct journal *j);

/* Nothing is waiting or being written. */
bool journal_is_idle(const struct journal *j);

#endif
