#ifndef CORE_MAIL_SEGMENT_H
#define CORE_MAIL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/attr.h>

#include "core/base/buffer.h"
#include "core/mail/record.h"

/*
 * Segments as files of the directory `journal`. All here may block.
 *
 *	0123456789abcdef       in use; named after its incarnation
 *	free-0123456789abcdef  to be used again
 *
 * One that is being made has no name.
 *
 * What a segment is, its head says, not its name. Whoever writes to one holds
 * flock(2) on it: a segment that can be locked has lost its writer.
 */
enum { SEGMENT_NAME = 32 };

struct segment {
	uint64_t incarnation;
	int fd;
};

/* How much a journal may take. */
struct segment_limits {
	unsigned most;    /* segments in use, by whomever */
	uint64_t reserve; /* octets to leave free in the file system */
};

void segment_name(uint64_t incarnation, char name[SEGMENT_NAME]);

/*
 * Takes a free segment, or makes one: locked, empty, and durably so. False and
 * errno when that cannot be; ENOSPC when a limit stands against it.
 */
VB_MUST_USE bool segment_claim(
    int dir, const struct segment_limits *limits, struct segment *s);

/*
 * Declares a segment free: what it held is not valid any more, durably, and the
 * file waits for its next use, or is gone where it cannot be written.
 */
VB_MUST_USE bool segment_free(int dir, uint64_t incarnation);

/* Opens one for reading. -1 and errno when it is not there. */
int segment_open(int dir, uint64_t incarnation);

/* Does somebody write to it? */
bool segment_has_writer(int fd);

/*
 * Lists what is there, as after a crash: calls `each` for each segment in use.
 * Free ones get their right name, and what was never finished is removed. False
 * and errno when something cannot be read: there may be more than was told.
 */
VB_MUST_USE bool segments_list(
    int dir, void (*each)(void *data, uint64_t incarnation), void *data);

/* Reading a segment, record by record. */
struct segment_reader {
	int fd;
	uint64_t incarnation;
	uint64_t at;      /* the next record */
	struct buffer in; /* of the last one: head and, of RECORD_MESSAGE when
	                     it was not checked, only the first part */
};

enum segment_read {
	SEGMENT_RECORD, /* one was read */
	SEGMENT_END,    /* there is no further one */
	SEGMENT_BROKEN, /* it cannot be read, or what was vouched for is not
	                   there (EBADMSG); errno */
};

/*
 * Reads the next record. With end 0 its CRC decides whether there is one;
 * otherwise whoever wrote it vouches for all up to `end`. Slices are good until
 * the next call; `head` is the first part of the content, and `body_at` where
 * the rest of it is in the file.
 */
enum segment_read segment_next(struct segment_reader *reader, uint64_t end,
    struct record *r, struct vb_str *head, uint64_t *body_at);

#endif
