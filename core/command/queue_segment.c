/*
 * verbena queue show SEGMENT: the records of one segment of the journal, and
 * why they end where they end.
 *
 *	0123456789abcdef: in use, incarnation 0123456789abcdef
 *	  OFFSET  TYPE       LENGTH    HEAD  ID             CRC
 *	    4096  message      1234     310  06CK0V4Q8R2M1  ok
 *	    5370  pad          2782       0  -              ok
 *	    8192  the end: zeros, nothing was written there
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/crc32c.h"
#include "core/command/queue.h"
#include "core/io/file.h"
#include "core/mail/record.h"
#include "core/mail/segment.h"

enum { PIECE = 64 * 1024, DIGITS = 16 };

static const char free_prefix[] = "free-";

struct dump {
	int fd;
	uint64_t incarnation, at;
	char why[128]; /* it ends there */
};

bool
queue_is_segment(const char *name)
{
	size_t n = sizeof(free_prefix) - 1;

	if (strncmp(name, free_prefix, n) == 0)
		name += n;
	return strlen(name) == DIGITS &&
	       strspn(name, "0123456789abcdef") == DIGITS;
}

/* Exactly n octets. False, and why. */
static bool
have(struct dump *d, char *to, size_t n, uint64_t at)
{
	ptrdiff_t got = file_read(d->fd, to, n, at);

	if (got == (ptrdiff_t)n)
		return true;
	snprintf(d->why, sizeof(d->why), "%s",
	    got < 0 ? strerror(errno) : "the file is cut off");
	return false;
}

static bool
is_zero(const char head[RECORD_HEAD])
{
	for (size_t i = 0; i < RECORD_HEAD; i++)
		if (head[i] != 0)
			return false;
	return true;
}

static bool
is_intact(struct dump *d, const char head[RECORD_HEAD], uint64_t length)
{
	static char piece[PIECE];
	uint32_t crc = record_crc_begin(head, d->incarnation, d->at);
	uint64_t at = d->at + RECORD_HEAD;

	while (length > 0) {
		size_t n = length < PIECE ? (size_t)length : PIECE;

		if (!have(d, piece, n, at))
			return false;
		crc = crc32c(crc, piece, n);
		at += n;
		length -= n;
	}
	if (crc == record_crc(head))
		return true;
	snprintf(d->why, sizeof(d->why),
	    "a record whose CRC is %08x and should be %08x: torn, or of an "
	    "earlier life of the segment",
	    (unsigned)record_crc(head), (unsigned)crc);
	return false;
}

/* The next record, or why there is none. */
static bool
next(struct dump *d, char head[RECORD_HEAD], struct record *r)
{
	if (d->at + RECORD_HEAD > SEGMENT_SIZE) {
		snprintf(d->why, sizeof(d->why), "the segment is full");
		return false;
	}
	if (!have(d, head, RECORD_HEAD, d->at))
		return false;
	if (is_zero(head)) {
		snprintf(
		    d->why, sizeof(d->why), "zeros, nothing was written there");
		return false;
	}
	if (!record_read(head, d->at, r)) {
		snprintf(d->why, sizeof(d->why),
		    "no head of a record (type %u, length %llu)",
		    (unsigned)r->type, (unsigned long long)r->length);
		return false;
	}
	return is_intact(d, head, r->length);
}

static void
print_record(const struct dump *d, const struct record *r)
{
	static const char *const types[] = {
		[RECORD_MESSAGE] = "message",
		[RECORD_LARGE] = "large",
		[RECORD_VOID] = "void",
		[RECORD_DONE] = "done",
		[RECORD_PAD] = "pad",
	};
	struct buffer id = { 0 };

	buffer_add_escaped(&id, r->id.n == 0 ? VB_STR("-") : r->id);
	printf("%10llu  %-7s  %10llu  %6u  %-13.*s  ok\n",
	    (unsigned long long)d->at, types[r->type],
	    (unsigned long long)r->length, (unsigned)r->head,
	    VB_FMT(buffer_str(&id)));
	buffer_finish(&id);
}

static void
print_records(struct dump *d)
{
	char head[RECORD_HEAD];
	struct record r = { 0 };

	printf("%10s  %-7s  %10s  %6s  %-13s  CRC\n", "OFFSET", "TYPE",
	    "LENGTH", "HEAD", "ID");
	for (d->at = SEGMENT_BLOCK; next(d, head, &r);
	     d->at = record_end(d->at, r.length))
		print_record(d, &r);
	printf("%10llu  the end: %s\n", (unsigned long long)d->at, d->why);
}

static int
dump(struct dump *d, const char *name)
{
	char head[SEGMENT_BLOCK];

	if (!have(d, head, sizeof(head), 0)) {
		fprintf(stderr, "verbena: %s: %s\n", name, d->why);
		return EXIT_FAILURE;
	}
	if (!segment_head_read(head, &d->incarnation)) {
		fprintf(
		    stderr, "verbena: %s: has no head of a segment\n", name);
		return EXIT_FAILURE;
	}
	if (d->incarnation == 0) {
		printf("%s: free\n", name);
		return EXIT_SUCCESS;
	}
	printf("%s: in use, incarnation %016llx\n", name,
	    (unsigned long long)d->incarnation);
	print_records(d);
	return EXIT_SUCCESS;
}

int
queue_show_segment(const struct place *place, const char *name)
{
	int dir = place_open(place, "journal"), code = EXIT_FAILURE;
	struct dump d;

	if (dir < 0)
		return EXIT_FAILURE;
	d.fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (d.fd >= 0) {
		code = dump(&d, name);
		close(d.fd);
	} else {
		fprintf(stderr, "verbena: %s/journal/%s: %s\n",
		    place->state_dir, name, strerror(errno));
	}
	close(dir);
	return code;
}
