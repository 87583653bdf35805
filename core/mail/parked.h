#ifndef CORE_MAIL_PARKED_H
#define CORE_MAIL_PARKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/attr.h>
#include <verbena/str.h>

#include "core/base/memory.h"
#include "core/mail/envelope.h"

/*
 * Messages that stay: deferred, or held. Each is a file of its own, one that a
 * pager shows, two directories below `dir`: "A/7/06CK0V4Q8R2M1". What is in it
 * parked_text.h tells to the byte.
 *
 * All of these block, on the disk. Any thread may call them; but for one
 * message, one at a time.
 */

/* Where a recipient is. */
enum parked_outcome {
	PARKED_WAITING = 0,
	PARKED_DELIVERED,
	PARKED_FAILED, /* for ever */
};

struct parked_state {
	enum parked_outcome outcome;
	bool is_told;         /* the sender, of this delay or failure */
	uint32_t attempts;    /* so far */
	int64_t tried;        /* the last time; seconds since 1970; 0: never */
	int64_t due;          /* the next time; 0: at once, or never more */
	struct vb_str status; /* RFC 3463; 64 octets are kept */
	struct vb_str remote; /* the server that said so, or empty; 255 */
	struct vb_str text;   /* what was said; 1000 */
	struct vb_str keeper; /* "TURN": it waits for this and not for its
	                         time, .due is 0; or empty; 64 */
};

struct parked {
	struct envelope envelope;
	const struct parked_state *states; /* one for each recipient */
	uint64_t at; /* in the file, where the message begins, behind its
	                trace */
	bool is_held;
};

/* "A/7/06CK0V4Q8R2M1", with its NUL. */
enum { PARKED_ID = 13, PARKED_PATH_SIZE = 4 + PARKED_ID + 1 };

/* False when it is no id: thirteen digits and capital letters. */
VB_MUST_USE bool parked_path(struct vb_str id, char path[PARKED_PATH_SIZE]);

/*
 * Makes the directories below `dir` that are missing, and makes durable all
 * that is there: who wrote it may have died before he had. To be called before
 * any other, once a start. False and errno.
 */
VB_MUST_USE bool parked_prepare(int dir);

/*
 * Writes n messages, with few syncs for all of them. One that has no .error
 * afterwards is durable; of others nothing is to be seen.
 */
struct parked_new {
	struct parked is; /* .at: where the message begins in .source */
	int source;       /* read with pread(2) */
	int error;        /* EEXIST: it is there already, as it was; EINVAL: the
	                     id is none; another errno value, or 0 */
	int file;         /* for parked_write() */
};
void parked_write(int dir, struct parked_new *const *all, size_t n);

/*
 * Reads all but the octets of the message. What `p` points to is in the arena.
 * NULL when that went well, else a sentence in the arena that names file and
 * line; errno is EBADMSG when the file is at fault.
 */
VB_MUST_USE const char *parked_read(
    int dir, struct vb_str id, struct arena *arena, struct parked *p);

/*
 * Adds what became of a recipient, counted from 0. Without `sync` it may be
 * lost in a power cut. False and errno; then nothing was added, or it may have
 * been where it was the sync that failed.
 */
struct parked_note {
	size_t number;
	struct parked_state state;
};
VB_MUST_USE bool parked_note(
    int dir, struct vb_str id, const struct parked_note *note, bool sync);

/* Adds that the message is held, or released, since `now`; durably. */
VB_MUST_USE bool parked_hold(
    int dir, struct vb_str id, bool is_held, int64_t now);

/* Removes a message. Without `sync` it may be back after a power cut. */
VB_MUST_USE bool parked_remove(int dir, struct vb_str id, bool sync);

/*
 * All messages, slice by slice. What is written or removed meanwhile may be
 * among them or not.
 */
struct parked_walk;

struct parked_entry {
	char id[PARKED_ID + 1];
	bool is_held;
	bool is_faulty;  /* or could not be opened; parked_read() tells why */
	bool is_waiting; /* a recipient is; else nothing is left to do but
	                    to tell the sender, perhaps, and to remove it */
	bool is_kept;    /* one of them, for what .keeper says */
	int64_t due;     /* when the first of those that wait is; 0: now */
};

/* `dir` must stay open. */
struct parked_walk *parked_walk_create(int dir);
void parked_walk_destroy(struct parked_walk *walk); /* takes NULL */

/*
 * The next entries, one at least and n at most; 0 when that was all. -1 and
 * errno when a directory cannot be read; the next call goes on behind it.
 */
VB_MUST_USE ptrdiff_t parked_walk_next(
    struct parked_walk *walk, struct parked_entry *entries, size_t n);

/* After that was all: goes through those directories again that could not be
   read. False when there was none. */
bool parked_walk_again(struct parked_walk *walk);

#endif
