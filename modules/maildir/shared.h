/*
 * One file for all recipients of a message: written for the first of a batch,
 * and linked into the maildirs of the others.
 *
 * For the one module that includes it, which defines _GNU_SOURCE.
 */
#ifndef MODULES_MAILDIR_SHARED_H
#define MODULES_MAILDIR_SHARED_H

#include "modules/maildir/file.h"

/* The file of this message, as long as it is in a maildir. -1: none. */
static int
shared_find(struct vb_delivery *d, struct stat *st)
{
	const int fd = vb_borrow(d, d->id);

	return fd >= 0 && fstat(fd, st) == 0 && st->st_nlink > 0 ? fd : -1;
}

/* Finds the file of another recipient that can be linked into this maildir, and
   will be on disk. */
static bool
shared_serves(struct maildir *m, struct vb_delivery *d)
{
	struct stat there, st;
	const int fd = shared_find(d, &st);

	if (fd < 0 || fstat(m->new, &there) != 0 || there.st_dev != st.st_dev ||
	    !vb_sync(d, fd))
		return false;
	m->octets = (uint64_t)st.st_size;
	return true;
}

/* The count of links is in the file, which must go to disk as the directory
   does. False and errno, and nothing was done. */
static bool
shared_link(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	char path[32];
	struct stat st;
	const int fd = shared_find(d, &st);

	if (fd < 0) {
		errno = ENOENT;
		return false;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, m->new, name, AT_SYMLINK_FOLLOW) != 0 &&
	    errno != EEXIST)
		return false;
	return vb_sync(d, fd) && vb_sync(d, m->new);
}

#endif
