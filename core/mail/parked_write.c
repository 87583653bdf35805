/* A parked message is written: seen when it is whole, and only then. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/io/file.h"
#include "core/mail/parked.h"
#include "core/mail/parked_text.h"

enum { PIECE = 128 * 1024 };

static bool
copy(int to, uint64_t at, int from, const struct parked *p)
{
	char *piece = must_alloc(PIECE);
	uint64_t done = 0;
	bool is_good = true;

	while (is_good && done < p->envelope.octets) {
		uint64_t left = p->envelope.octets - done;
		size_t n = left < PIECE ? (size_t)left : PIECE;
		ptrdiff_t got = file_read(from, piece, n, p->at + done);

		if (got >= 0 && (size_t)got < n)
			errno = EIO;
		is_good = got == (ptrdiff_t)n &&
		          file_write(to, piece, n, at + done);
		done += n;
	}
	free(piece);
	return is_good;
}

/* The LF behind the message, and the states as lines of the log. */
static bool
write_log(int to, uint64_t at, const struct parked *p)
{
	struct buffer log = { 0 };
	bool is_good;

	buffer_add(&log, "\n", 1);
	for (size_t i = 0; i < p->envelope.n_recipients; i++)
		parked_log_state(&log, i, &p->states[i]);
	if (p->is_held)
		parked_log_hold(&log, true, p->envelope.arrived);
	is_good = file_write(to, log.p, log.n, at);
	buffer_finish(&log);
	return is_good;
}

static bool
fill(int to, const struct parked *p, int source)
{
	struct buffer header = { 0 };
	struct parked_first first = parked_header_write(&header, &p->envelope);
	bool is_good;

	buffer_add_str(&header, p->envelope.trace);
	is_good = file_write(to, header.p, header.n, 0) &&
	          copy(to, header.n, source, p) &&
	          write_log(to, first.log - 1, p);
	buffer_finish(&header);
	return is_good && fsync(to) == 0;
}

bool
parked_write(int dir, const struct parked *p, int source)
{
	char path[PARKED_PATH_SIZE];
	int leaf, fd, error = 0;

	if (!parked_path(p->envelope.id, path)) {
		errno = EINVAL;
		return false;
	}
	path[3] = '\0';
	leaf = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf < 0)
		return false;
	fd = file_unnamed(leaf);
	if (fd < 0 || !fill(fd, p, source) || !file_name(fd, leaf, path + 4))
		error = errno;
	if (fd >= 0)
		close(fd);
	close(leaf);
	errno = error;
	return error == 0;
}
