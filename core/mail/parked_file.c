/* The file of a parked message: its first line, and its log in pieces. */
#include "core/mail/parked_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/file.h"

enum { PIECE = 64 * 1024, STEP = 4096 };

static bool
is_good(struct parked_file *f)
{
	char text[PARKED_FIRST];
	struct stat st;
	ptrdiff_t n;

	if (fstat(f->fd, &st) != 0)
		return false;
	f->size = (uint64_t)st.st_size;
	n = S_ISREG(st.st_mode) ? file_read(f->fd, text, sizeof(text), 0) : 0;
	if (n < 0)
		return false;
	if (!parked_first_read((struct vb_str){ text, (size_t)n }, &f->first) ||
	    f->first.log > f->size) {
		errno = EBADMSG;
		return false;
	}
	return true;
}

bool
parked_file_open(struct parked_file *f, int dir, const char *path, int flags)
{
	int error;

	f->fd = openat(dir, path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (f->fd < 0)
		return false;
	if (is_good(f))
		return true;
	error = errno;
	close(f->fd);
	errno = error;
	return false;
}

/* Is there no end of a line from here on? Then it is torn, however long. */
static bool
is_torn_from(const struct parked_file *f, uint64_t at)
{
	uint64_t end;

	return parked_file_end(f, &end) && end <= at;
}

/* Reads on at *at and takes what are lines. */
static ptrdiff_t
take_piece(const struct parked_file *f, struct parked_log *log,
    struct buffer *held, uint64_t at)
{
	ptrdiff_t n = file_read(f->fd, buffer_room(held, PIECE), PIECE, at);
	struct vb_str rest;

	if (n < 0)
		return -1;
	held->n += (size_t)n;
	rest = buffer_str(held);
	if (!parked_log_take(log, &rest)) {
		errno = EBADMSG;
		return -1;
	}
	buffer_drop(held, held->n - rest.n);
	return n;
}

bool
parked_file_log(const struct parked_file *f, struct parked_log *log)
{
	struct buffer held = { 0 };
	uint64_t at = f->first.log;
	ptrdiff_t n;

	while ((n = take_piece(f, log, &held, at)) == PIECE &&
	       held.n <= PARKED_LINE)
		at += (uint64_t)n;
	if (n == PIECE) {
		n = is_torn_from(f, at + PIECE - held.n) ? 0 : -1;
		log->fault.line++;
		log->fault.what = "is too long";
		errno = EBADMSG;
	}
	buffer_finish(&held);
	return n >= 0;
}

static bool
last_line_end(const char *p, size_t n, size_t *end)
{
	for (size_t i = n; i > 0; i--)
		if (p[i - 1] == '\n') {
			*end = i;
			return true;
		}
	return false;
}

bool
parked_file_end(const struct parked_file *f, uint64_t *end)
{
	char piece[STEP];
	uint64_t at = f->size;
	size_t in_piece;

	while (at > f->first.log) {
		uint64_t left = at - f->first.log;
		size_t n = left < STEP ? (size_t)left : STEP;

		at -= n;
		if (file_read(f->fd, piece, n, at) != (ptrdiff_t)n)
			return false;
		if (last_line_end(piece, n, &in_piece)) {
			*end = at + in_piece;
			return true;
		}
	}
	*end = f->first.log;
	return true;
}
