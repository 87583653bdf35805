/*
 * One file for all recipients of a message: written for the first of a batch,
 * and linked into the maildirs of the others.
 *
 * For the one module that includes it, which defines _GNU_SOURCE.
 */
#ifndef MODULES_MAILDIR_SHARED_H
#define MODULES_MAILDIR_SHARED_H

#include "modules/maildir/file.h"

/* Takes the file of another recipient, if it can be linked into this maildir
   and will be on disk. */
static bool
shared_take(struct maildir *m, struct vb_delivery *d)
{
	const int fd = vb_borrow(d, d->id);
	struct stat there, st;

	if (fd < 0 || fstat(fd, &st) != 0 || fstat(m->new, &there) != 0 ||
	    there.st_dev != st.st_dev || !vb_sync(d, fd))
		return false;
	m->octets = (uint64_t)st.st_size;
	m->file = fd;
	m->is_lent = true;
	return true;
}

/* Another recipient may take it. */
static void
shared_give(struct maildir *m, struct vb_delivery *d, int fd)
{
	m->is_lent = true;
	vb_lend(d, d->id, fd);
}

#endif
