/* Segments of the journal as files: made, claimed, freed. */
#define _GNU_SOURCE /* O_DIRECT */
#include "core/mail/segment_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/io/file.h"

void
segment_name_as(
    const char *prefix, uint64_t incarnation, char name[SEGMENT_NAME])
{
	snprintf(name, SEGMENT_NAME, "%s%016" PRIx64, prefix, incarnation);
}

void
segment_name(uint64_t incarnation, char name[SEGMENT_NAME])
{
	segment_name_as("", incarnation, name);
}

bool
segment_says_free(const char *name)
{
	return strncmp(name, SEGMENT_FREE, sizeof(SEGMENT_FREE) - 1) == 0;
}

static uint64_t
new_incarnation(void)
{
	uint64_t value = 0;

	while (value == 0)
		if (getrandom(&value, sizeof(value), 0) !=
		    (ssize_t)sizeof(value))
			value = 0;
	return value;
}

static bool
write_head(int fd, uint64_t incarnation)
{
	char head[SEGMENT_BLOCK];

	segment_head_write(head, incarnation);
	return file_write(fd, head, sizeof(head), 0) && fdatasync(fd) == 0;
}

bool
segment_read_head(int fd, uint64_t *incarnation)
{
	char head[SEGMENT_BLOCK];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return false;
	errno = 0;
	return n == (ssize_t)sizeof(head) &&
	       segment_head_read(head, incarnation);
}

static bool
fill_as(int fd, int flags)
{
	_Alignas(SEGMENT_BLOCK) static const char zeros[256 * 1024];

	if (fcntl(fd, F_SETFL, flags) != 0)
		return false;
	for (uint64_t at = 0; at < SEGMENT_SIZE; at += sizeof(zeros))
		if (!file_write(fd, zeros, sizeof(zeros), at))
			return false;
	return fcntl(fd, F_SETFL, 0) == 0;
}

/*
 * Zeros are written, not only reserved: to turn an unwritten extent into a
 * written one costs the file system a commit of its own. Where the file system
 * can, they go to the disk piece by piece: commits to other segments find room
 * between them, and do not wait for all of them.
 */
static bool
fill(int fd)
{
	return fill_as(fd, O_DIRECT) || (errno == EINVAL && fill_as(fd, 0));
}

static void
close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

/* It has no name until it is whole, so whoever lists, or comes after a crash,
   never finds half of one; and it is locked before it has one. */
static bool
make(int dir, struct segment *s)
{
	char name[SEGMENT_NAME];

	s->incarnation = new_incarnation();
	segment_name(s->incarnation, name);
	s->fd = file_unnamed(dir);
	if (s->fd < 0)
		return false;
	if (flock(s->fd, LOCK_EX | LOCK_NB) == 0 && fill(s->fd) &&
	    write_head(s->fd, s->incarnation) && file_name(s->fd, dir, name))
		return true;
	close_keeping_errno(s->fd);
	return false;
}

/* Somebody else may have been faster: then it is locked, or gone from there. */
static bool
is_still(int dir, const char *name, int fd)
{
	struct stat there, here;

	return fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &here) == 0 && there.st_ino == here.st_ino &&
	       here.st_size == SEGMENT_SIZE;
}

static bool
reuse(int dir, const char *free_name, struct segment *s)
{
	char name[SEGMENT_NAME];

	s->incarnation = new_incarnation();
	segment_name(s->incarnation, name);
	s->fd = openat(dir, free_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0)
		return false;
	if (flock(s->fd, LOCK_EX | LOCK_NB) == 0 &&
	    is_still(dir, free_name, s->fd) &&
	    renameat(dir, free_name, dir, name) == 0 &&
	    write_head(s->fd, s->incarnation))
		return true;
	close_keeping_errno(s->fd);
	return false;
}

DIR *
segments_open(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (list == NULL && fd >= 0)
		close_keeping_errno(fd);
	return list;
}

static bool
may_make(int dir, const struct segment_limits *limits, unsigned there)
{
	struct statvfs fs;

	if (fstatvfs(dir, &fs) != 0)
		return false;
	errno = ENOSPC;
	return there < limits->most && (uint64_t)fs.f_bavail * fs.f_frsize >=
	                                   limits->reserve + SEGMENT_SIZE;
}

/* The segments that are in use; in `all`, with those that are free. */
static unsigned
count(DIR *list, unsigned *all)
{
	const struct dirent *entry;
	unsigned used = 0;

	*all = 0;
	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		used += !segment_says_free(entry->d_name);
		++*all;
	}
	rewinddir(list);
	return used;
}

static bool
reuse_any(DIR *list, int dir, struct segment *s)
{
	const struct dirent *entry;

	while ((entry = readdir(list)) != NULL)
		if (segment_says_free(entry->d_name) &&
		    reuse(dir, entry->d_name, s))
			return true;
	return false;
}

/* Others may use more of them than this limit allows: what they left free is
   not to be had beyond it. */
bool
segment_claim(int dir, const struct segment_limits *limits, struct segment *s)
{
	DIR *list = segments_open(dir);
	unsigned all;
	bool is_full, ok;

	if (list == NULL)
		return false;
	is_full = count(list, &all) >= limits->most;
	ok = !is_full && reuse_any(list, dir, s);
	closedir(list);
	if (is_full)
		errno = ENOSPC;
	return ok || (!is_full && may_make(dir, limits, all) && make(dir, s));
}

int
segment_open(int dir, uint64_t incarnation)
{
	char name[SEGMENT_NAME];

	segment_name(incarnation, name);
	return openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

static bool
remove_for_good(int dir, const char *name)
{
	return unlinkat(dir, name, 0) == 0 && fsync(dir) == 0;
}

/* Its head first, durably; then its name, which may be lost, or which somebody
   who lists may put right before us. */
bool
segment_free(int dir, uint64_t incarnation)
{
	char name[SEGMENT_NAME], free_name[SEGMENT_NAME];
	int fd = segment_open(dir, incarnation);
	bool ok;

	segment_name(incarnation, name);
	segment_name_as(SEGMENT_FREE, incarnation, free_name);
	if (fd < 0)
		return false;
	ok = write_head(fd, 0) &&
	     (renameat(dir, name, dir, free_name) == 0 || errno == ENOENT);
	close_keeping_errno(fd);
	return ok || remove_for_good(dir, name);
}

bool
segment_has_writer(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return true;
	flock(fd, LOCK_UN);
	return false;
}
