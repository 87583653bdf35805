/* All parked messages, slice by slice: directory after directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mail/parked_file.h"
#include "core/mail/parked_place.h"

enum { DIRECTORIES = PARKED_NAMES * PARKED_NAMES };

struct parked_walk {
	int dir;
	unsigned at;         /* the directory that is next */
	DIR *open;           /* the one before it; or NULL */
	struct arena *arena; /* for one log after the other */
	int error;           /* to be told by the next call */
	bool is_read[DIRECTORIES];
};

struct parked_walk *
parked_walk_create(int dir)
{
	struct parked_walk *walk = must_alloc(sizeof(*walk));

	walk->dir = dir;
	walk->arena = arena_create();
	return walk;
}

void
parked_walk_destroy(struct parked_walk *walk)
{
	if (walk == NULL)
		return;
	if (walk->open != NULL)
		closedir(walk->open);
	arena_destroy(walk->arena);
	free(walk);
}

static bool
open_next(struct parked_walk *walk)
{
	char path[] = { parked_names[walk->at / PARKED_NAMES], '/',
		parked_names[walk->at % PARKED_NAMES], '\0' };
	int fd = openat(walk->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	walk->at++;
	if (fd < 0)
		return false;
	walk->open = fdopendir(fd);
	if (walk->open == NULL) {
		int error = errno;

		close(fd);
		errno = error;
	}
	return walk->open != NULL;
}

/* What the log says in sum. */
static void
sum_up(const struct parked_log *log, struct parked_entry *entry)
{
	entry->is_held = log->is_held;
	for (size_t i = 0; i < log->n; i++) {
		const struct parked_state *s = &log->states[i];

		if (s->outcome != PARKED_WAITING)
			continue;
		if (!entry->is_waiting || s->due < entry->due)
			entry->due = s->due;
		entry->is_waiting = true;
		entry->is_kept = entry->is_kept || s->keeper.n > 0;
	}
}

/* False when the file has gone. */
static bool
read_entry(struct parked_walk *walk, struct parked_entry *entry)
{
	struct parked_log log = { .arena = walk->arena };
	struct parked_file file;

	if (!parked_file_open(&file, dirfd(walk->open), entry->id, O_RDONLY)) {
		entry->is_faulty = true;
		return errno != ENOENT;
	}
	arena_reset(walk->arena);
	log.n = (size_t)file.first.recipients;
	log.states = arena_alloc(walk->arena, log.n * sizeof(*log.states));
	if (parked_file_log(&file, &log))
		sum_up(&log, entry);
	else
		entry->is_faulty = true;
	close(file.fd);
	return true;
}

/* Is it the name of a message, and is that its directory? */
static bool
is_message(const struct parked_walk *walk, const char *name)
{
	char path[PARKED_PATH_SIZE];
	unsigned here = walk->at - 1;

	return parked_path(vb_str(name), path) &&
	       path[0] == parked_names[here / PARKED_NAMES] &&
	       path[2] == parked_names[here % PARKED_NAMES];
}

/* The next message of the directory that is open. False when there is no more,
   or with errno. */
static bool
next_here(struct parked_walk *walk, struct parked_entry *entry)
{
	const struct dirent *d;

	errno = 0;
	while ((d = readdir(walk->open)) != NULL) {
		if (is_message(walk, d->d_name)) {
			*entry = (struct parked_entry){ 0 };
			memcpy(entry->id, d->d_name, PARKED_ID);
			if (read_entry(walk, entry))
				return true;
		}
		errno = 0;
	}
	return false;
}

/* The next message of any. False when there is no more, or with errno. */
static bool
next(struct parked_walk *walk, struct parked_entry *entry)
{
	while (walk->open != NULL || walk->at < DIRECTORIES) {
		int error;

		if (walk->open == NULL && walk->is_read[walk->at]) {
			walk->at++;
			continue;
		}
		if (walk->open == NULL && !open_next(walk))
			return false;
		if (next_here(walk, entry))
			return true;
		error = errno;
		closedir(walk->open);
		walk->open = NULL;
		errno = error;
		if (error != 0)
			return false;
		walk->is_read[walk->at - 1] = true;
	}
	errno = 0;
	return false;
}

ptrdiff_t
parked_walk_next(
    struct parked_walk *walk, struct parked_entry *entries, size_t n)
{
	size_t found = 0;

	if (walk->error == 0) {
		while (found < n && next(walk, &entries[found]))
			found++;
		if (found < n)
			walk->error = errno;
	}
	if (found > 0 || walk->error == 0)
		return (ptrdiff_t)found;
	errno = walk->error;
	walk->error = 0;
	return -1;
}

bool
parked_walk_again(struct parked_walk *walk)
{
	unsigned at = 0;

	while (at < DIRECTORIES && walk->is_read[at])
		at++;
	walk->at = at;
	return at < DIRECTORIES;
}
