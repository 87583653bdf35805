/* Parked messages are written: seen when they are whole, and only then. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/io/file.h"
#include "core/mail/parked.h"
#include "core/mail/parked_text.h"
#include "core/mail/syncs.h"

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
	return is_good;
}

/* The directory it is in. -1 and errno; `path` is its path, with a NUL before
   its name. */
static int
open_leaf(int dir, const struct parked *p, char path[PARKED_PATH_SIZE])
{
	if (!parked_path(p->envelope.id, path)) {
		errno = EINVAL;
		return -1;
	}
	path[3] = '\0';
	return openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
fail(struct parked_new *m)
{
	m->error = errno == 0 ? EIO : errno;
	if (m->file >= 0)
		close(m->file);
	m->file = -1;
}

static void
write_unnamed(int dir, struct parked_new *m, struct syncs *syncs)
{
	char path[PARKED_PATH_SIZE];
	int leaf = open_leaf(dir, &m->is, path);
	dev_t device;

	m->error = 0;
	m->file = leaf < 0 ? -1 : file_unnamed(leaf);
	if (m->file < 0 || !fill(m->file, &m->is, m->source) ||
	    !syncs_add(syncs, m->file, &device))
		fail(m);
	if (leaf >= 0)
		close(leaf);
}

static void
give_name(int dir, struct parked_new *m, struct syncs *syncs)
{
	char path[PARKED_PATH_SIZE];
	int leaf = open_leaf(dir, &m->is, path);
	dev_t device;

	if (leaf < 0 || !file_link(m->file, leaf, path + 4)) {
		fail(m);
	} else if (!syncs_add(syncs, m->file, &device) ||
		   !syncs_add(syncs, leaf, &device)) {
		fail(m);
		unlinkat(leaf, path + 4, 0);
	}
	if (leaf >= 0)
		close(leaf);
}

/* Those that were to be synced were not. */
static void
fail_all(struct parked_new *const *all, size_t n, int error)
{
	for (size_t i = 0; i < n; i++)
		if (all[i]->file >= 0) {
			errno = error;
			fail(all[i]);
		}
}

static void
take_back(int dir, const struct parked_new *m)
{
	char path[PARKED_PATH_SIZE];

	if (m->file >= 0 && parked_path(m->is.envelope.id, path))
		unlinkat(dir, path, 0);
}

void
parked_write(int dir, struct parked_new *const *all, size_t n)
{
	struct syncs syncs = { 0 };
	int error;

	for (size_t i = 0; i < n; i++)
		write_unnamed(dir, all[i], &syncs);
	error = syncs_run(&syncs);
	if (error != 0)
		fail_all(all, n, error);
	for (size_t i = 0; i < n; i++)
		if (all[i]->file >= 0)
			give_name(dir, all[i], &syncs);
	error = syncs_run(&syncs);
	for (size_t i = 0; i < n && error != 0; i++)
		take_back(dir, all[i]);
	if (error != 0)
		fail_all(all, n, error);
	for (size_t i = 0; i < n; i++)
		if (all[i]->file >= 0)
			close(all[i]->file);
}
