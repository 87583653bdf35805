/*
 * The files of a maildir: what they are called, writing one, finding it again.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MAILDIR_FILE_H
#define MODULES_MAILDIR_FILE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/module.h>

#include "modules/write_all.h"

/* What a mail reader may add to a name: ",S=4096:2,FRS". */
enum { NAME_SIZE = NAME_MAX - 40, BLOCK_SIZE = 64 * 1024 };

/* A delivery: the three directories, and the message. */
struct maildir {
	int tmp, new, cur;
	int file;     /* the message, to be linked; -1: it stands in tmp/ */
	bool is_lent; /* the core closes .file */
	bool is_done; /* the message is there already */
	bool shares;  /* with other recipients */
	uint64_t quota, octets;
};

static int
open_below(struct vb_delivery *d, const char *path, const char *name)
{
	const size_t size = strlen(path) + strlen(name) + 2;
	char *below = malloc(size);
	int fd;

	if (below == NULL)
		return -1;
	snprintf(below, size, "%s/%s", path, name);
	fd = vb_directory(d, below);
	free(below);
	return fd;
}

static bool
maildir_open(struct maildir *m, struct vb_delivery *d, const char *path)
{
	return (m->tmp = open_below(d, path, "tmp")) >= 0 &&
	       (m->new = open_below(d, path, "new")) >= 0 &&
	       (m->cur = open_below(d, path, "cur")) >= 0;
}

/* FNV-1a. */
static uint64_t
hash(struct vb_str text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 0x100000001b3;
	return h;
}

/* A host name that is too long is cut: it tells two deliveries apart only for
   people. */
static void
name_of(const struct vb_delivery *d, char name[NAME_SIZE])
{
	int n = snprintf(name, NAME_SIZE, "%" PRId64 ".V%.*sR%016" PRIx64 ".",
	    d->arrived, VB_FMT(d->id), hash(d->mailbox));

	for (size_t i = 0; i < d->hostname.n && n < NAME_SIZE - 4; i++) {
		const char c = d->hostname.p[i];
		const bool is_plain = c != '/' && c != ':';

		n += snprintf(name + n, (size_t)(NAME_SIZE - n),
		    is_plain ? "%c" : "\\%03o", c);
	}
}

static bool
write_message(struct maildir *m, int fd, struct vb_delivery *d)
{
	char block[BLOCK_SIZE];
	ptrdiff_t n;

	m->octets = 0;
	while ((n = vb_read(d, block, sizeof(block))) > 0) {
		if (!write_all(fd, block, (size_t)n))
			return false;
		m->octets += (uint64_t)n;
	}
	return n == 0;
}

/* What is there already, a courier that died left behind. */
static int
create_in_tmp(int dir, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags, 0600);

	if (fd >= 0 || errno != EEXIST || unlinkat(dir, name, 0) != 0)
		return fd;
	return openat(dir, name, flags, 0600);
}

/* Without a name, so that nothing is left of what is not delivered; in tmp/
   where the file system has no such files. */
static int
create(struct maildir *m, const char *name)
{
	m->is_lent = false;
	m->file = openat(m->tmp, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (m->file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return m->file;
	return create_in_tmp(m->tmp, name);
}

/* Both leave errno alone. */
static void
close_own(const struct maildir *m)
{
	const int error = errno;

	if (!m->is_lent)
		close(m->file);
	errno = error;
}

static void
remove_tmp(const struct maildir *m, const char *name)
{
	const int error = errno;

	unlinkat(m->tmp, name, 0);
	errno = error;
}

/* It will not appear. */
static void
discard(const struct maildir *m, const char *name)
{
	if (m->file < 0)
		remove_tmp(m, name);
	else
		close_own(m);
}

/* Written and given to vb_sync(); its descriptor, or -1 and errno. */
static int
write_file(struct maildir *m, const char *name, struct vb_delivery *d)
{
	const int fd = create(m, name);

	if (fd < 0 || (write_message(m, fd, d) && vb_sync(d, fd)))
		return fd;
	if (m->file < 0)
		close(fd);
	discard(m, name);
	return -1;
}

/* A file system that cannot keep renameat2(2) from overwriting can link. */
static bool
link_from_tmp(const struct maildir *m, const char *name)
{
	const bool ok = linkat(m->tmp, name, m->new, name, 0) == 0;

	remove_tmp(m, name);
	return ok;
}

static bool
move_from_tmp(const struct maildir *m, const char *name)
{
	return renameat2(m->tmp, name, m->new, name, RENAME_NOREPLACE) == 0 ||
	       link_from_tmp(m, name);
}

/* Has its count of links on disk. What its reader has just moved, or took for
   himself, was no doubt found before. */
static bool
sync_found(struct vb_delivery *d, int dir, const char *file)
{
	const int fd = openat(
	    dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ELOOP;
	ok = vb_sync(d, fd);
	close(fd);
	return ok;
}

/* The count of links is in the file, which must go to disk once more. Nothing
   that is there is overwritten: one of that name is this very message. */
static bool
link_file(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", m->file);
	if (linkat(AT_FDCWD, path, m->new, name, AT_SYMLINK_FOLLOW) == 0)
		return vb_sync(d, m->file) || fsync(m->file) == 0;
	return errno == EEXIST && sync_found(d, m->new, name);
}

static bool
move_to_new(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	bool ok;

	if (m->file < 0) {
		ok = move_from_tmp(m, name) || errno == EEXIST;
	} else {
		ok = link_file(m, name, d);
		close_own(m);
	}
	return ok && vb_sync(d, m->new);
}

/* A reader may have added flags, ":2,S", and a size, ",S=4096". */
static bool
is_named(const char *file, const char *name)
{
	const size_t n = strlen(name);

	return strncmp(file, name, n) == 0 && strchr(",:;!", file[n]) != NULL;
}

/* Finds what a reader has made of the name in cur/. False with errno 0 when it
   is not there. */
static bool
find_in_cur(const struct maildir *m, const char *name, char file[NAME_MAX + 1])
{
	int fd = openat(m->cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;
	int error;

	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return false;
	}
	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry != NULL && !is_named(entry->d_name, name));
	error = errno;
	if (entry != NULL)
		snprintf(file, NAME_MAX + 1, "%s", entry->d_name);
	closedir(dir);
	errno = error;
	return entry != NULL;
}

/* In this order: from new/ a message only ever moves to cur/. What is found may
   not be on disk yet: who put it there may have died before. */
static bool
is_there(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	char file[NAME_MAX + 1];
	int dir = m->new;
	struct stat st;

	snprintf(file, sizeof(file), "%s", name);
	if (fstatat(m->new, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT || !find_in_cur(m, name, file))
			return false;
		dir = m->cur;
	}
	unlinkat(m->tmp, name, 0);
	return sync_found(d, dir, file) && vb_sync(d, m->new) &&
	       vb_sync(d, m->cur);
}

#endif
