/*
 * A message in the form mboxrd, made as it is read: to be measured, compared
 * with what is in a file, or written. It takes the same memory however long the
 * message is.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MBOX_MBOXRD_H
#define MODULES_MBOX_MBOXRD_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <verbena/delivery.h>

#include "modules/write_all.h"

enum { BLOCK_SIZE = 64 * 1024, FROM_LINE_SIZE = 1024 };

static const char from[] = "From ";
enum { FROM_SIZE = sizeof(from) - 1, INSIDE };

/* How a file goes on from some place. */
enum likeness {
	OTHER = 0, /* with something else */
	SAME,      /* with the message */
	CUT,       /* with the beginning of the message, and no more */
	UNKNOWN,   /* cannot be read; errno */
};

/* Where it goes. A .put that returns false ends it, with errno. */
struct mboxrd {
	bool (*put)(struct mboxrd *m, const char *bytes, size_t n);
	struct vb_str gap; /* goes before the message */
	int fd;
	off_t at;    /* of what is put next */
	bool is_bad; /* put said false: nothing more is put */
	int begun;   /* how much of "From " the line began with, after any ">",
	                and is not put yet; INSIDE when it cannot be one */
	char last;   /* octet that was put */
	enum likeness likeness; /* mboxrd_compare() */
	size_t n;
	char block[BLOCK_SIZE]; /* of .n octets, to be put together */
};

static void
flush(struct mboxrd *m)
{
	if (!m->is_bad && m->n > 0)
		m->is_bad = !m->put(m, m->block, m->n);
	m->at += (off_t)m->n;
	m->n = 0;
}

static void
add(struct mboxrd *m, const char *p, size_t n)
{
	while (n > 0 && !m->is_bad) {
		const size_t room = BLOCK_SIZE - m->n;
		const size_t some = n < room ? n : room;

		memcpy(m->block + m->n, p, some);
		m->n += some;
		m->last = p[some - 1];
		p += some;
		n -= some;
		if (m->n == BLOCK_SIZE)
			flush(m);
	}
}

/* Adds what is left of a line; returns behind it. */
static const char *
add_inside(struct mboxrd *m, const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	if (newline != NULL) {
		end = newline + 1;
		m->begun = 0;
	}
	add(m, p, (size_t)(end - p));
	return end;
}

/* Takes an octet at the beginning of a line; returns behind it, or at it when
   the beginning is over. */
static const char *
take_beginning(struct mboxrd *m, const char *p)
{
	if (m->begun == 0 && *p == '>') {
		add(m, p, 1);
		return p + 1;
	}
	if (*p != from[m->begun]) {
		add(m, from, (size_t)m->begun);
		m->begun = INSIDE;
		return p;
	}
	if (++m->begun == FROM_SIZE) {
		add(m, ">From ", FROM_SIZE + 1);
		m->begun = INSIDE;
	}
	return p + 1;
}

static void
quote(struct mboxrd *m, const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end && !m->is_bad)
		p = m->begun == INSIDE ? add_inside(m, p, end)
		                       : take_beginning(m, p);
}

/* "From ann@example.org Tue Nov 24 04:05:06 2026", in UTC, and the same
   whenever it is asked for. What would end the sender there becomes "-". */
static size_t
from_line(const struct vb_delivery *d, char line[FROM_LINE_SIZE])
{
	const time_t arrived = (time_t)d->arrived;
	const bool is_null = d->sender.n == 0;
	struct vb_str sender = is_null ? VB_STR("MAILER-DAEMON") : d->sender;
	char date[32] = "";
	struct tm tm;
	int n;

	if (gmtime_r(&arrived, &tm) != NULL)
		strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", &tm);
	if (sender.n > FROM_LINE_SIZE / 2)
		sender.n = FROM_LINE_SIZE / 2;
	n = snprintf(
	    line, FROM_LINE_SIZE, "%s%.*s %s\n", from, VB_FMT(sender), date);
	for (size_t i = FROM_SIZE; i < FROM_SIZE + sender.n; i++)
		if ((unsigned char)line[i] <= ' ' || line[i] == 0x7f)
			line[i] = '-';
	return (size_t)n;
}

/* Makes all of it, from the beginning. False, and errno, when the message
   cannot be read or .put said no. */
static bool
mboxrd_run(struct mboxrd *m, struct vb_delivery *d)
{
	char in[BLOCK_SIZE];
	ptrdiff_t n = 1;

	if (!vb_rewind(d))
		return false;
	m->begun = m->is_bad = 0;
	add(m, m->gap.p, m->gap.n);
	add(m, in, from_line(d, in));
	while (!m->is_bad && (n = vb_read(d, in, sizeof(in))) > 0)
		quote(m, in, (size_t)n);
	if (n < 0)
		return false;
	if (m->begun != INSIDE)
		add(m, from, (size_t)m->begun);
	add(m, "\n\n", m->last == '\n' ? 1 : 2);
	flush(m);
	return !m->is_bad;
}

static bool
put_nowhere(struct mboxrd *m, const char *bytes, size_t n)
{
	(void)m, (void)bytes, (void)n;
	return true;
}

/* How many octets the message takes; -1 and errno when it cannot be read. */
static off_t
mboxrd_measure(struct vb_delivery *d)
{
	struct mboxrd m = { .put = put_nowhere };

	return mboxrd_run(&m, d) ? m.at : -1;
}

/* At the end of the file, which was opened to be appended to. */
static bool
put_behind(struct mboxrd *m, const char *bytes, size_t n)
{
	return write_all(m->fd, bytes, n);
}

/* How many octets the file is longer now; -1 and errno when it may be, but has
   not all of the message. */
static off_t
mboxrd_append(struct vb_delivery *d, int fd, struct vb_str gap)
{
	struct mboxrd m = { .put = put_behind, .gap = gap, .fd = fd };

	return mboxrd_run(&m, d) ? m.at : -1;
}

static bool
put_beside(struct mboxrd *m, const char *bytes, size_t n)
{
	char there[BLOCK_SIZE];
	const ssize_t got = pread(m->fd, there, n, m->at);

	m->likeness = UNKNOWN;
	if (got < 0)
		return false;
	m->likeness = (size_t)got == n ? SAME : CUT;
	if (memcmp(there, bytes, (size_t)got) != 0)
		m->likeness = OTHER;
	return m->likeness == SAME;
}

static enum likeness
mboxrd_compare(struct vb_delivery *d, int fd, off_t at)
{
	struct mboxrd m = { .put = put_beside, .fd = fd, .at = at };

	if (!mboxrd_run(&m, d) && !m.is_bad)
		return UNKNOWN;
	return m.likeness;
}

/*
 * Where the line may begin in a block, after a newline: where as much of it
 * stands as the block has room for, if that is more than "From ". Where there
 * is none, NULL, and `next` is where the next block is to begin.
 */
static const char *
find_in(struct vb_str block, struct vb_str line, const char **next)
{
	const char *end = block.p + block.n, *p = block.p;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		const size_t left = (size_t)(end - ++p);

		*next = p - 1;
		if (left <= FROM_SIZE)
			return NULL;
		if (memcmp(p, line.p, left < line.n ? left : line.n) == 0)
			return p;
	}
	*next = end;
	return NULL;
}

/* The next place behind `at` for it; -1 and errno 0 when there is none. */
static off_t
find_next(int fd, off_t at, struct vb_str line)
{
	char block[BLOCK_SIZE];
	const char *found, *next;
	ssize_t n;

	do {
		n = pread(fd, block, sizeof(block), at);
		if (n < 0)
			return -1;
		found = find_in(
		    (struct vb_str){ block, (size_t)n }, line, &next);
		if (found != NULL)
			return at + (found - block);
		at += next - block;
	} while (n == sizeof(block));
	errno = 0;
	return -1;
}

/* Looks for the message in a file: SAME and where, CUT and where, or OTHER when
   it is not there. */
static enum likeness
mboxrd_find(struct vb_delivery *d, int fd, off_t *at)
{
	char text[FROM_LINE_SIZE];
	const struct vb_str line = { text, from_line(d, text) };
	enum likeness likeness;

	*at = 0;
	while ((likeness = mboxrd_compare(d, fd, *at)) == OTHER) {
		*at = find_next(fd, *at, line);
		if (*at < 0)
			return errno != 0 ? UNKNOWN : OTHER;
	}
	return likeness;
}

#endif
