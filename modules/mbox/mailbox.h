/*
 * A mailbox that is one file, open and ours alone: the dot-lock first, then
 * that of fcntl(2), as mail readers take them.
 *
 * What is opened must be a plain file of ours, of one name. So nothing that
 * somebody else put there, be it a link or a device, is ever written to.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MBOX_MAILBOX_H
#define MODULES_MBOX_MAILBOX_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <verbena/delivery.h>

#include "modules/mbox/dotlock.h"

struct mailbox {
	struct dotlock lock; /* its .dir is the mailbox's too */
	bool wants_dotlock;
	bool is_torn;     /* may end in a piece of a message */
	bool has_begun;   /* we have written to it, or tried */
	const char *name; /* in that directory */
	int64_t deadline; /* for both locks, in milliseconds */
	int fd;
	uintmax_t inode;
	off_t begin, end; /* of what we have written, as far as it is whole */
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Tries until it is too late; false with EAGAIN then. */
static bool
wait_for(struct mailbox *m, bool (*try)(struct mailbox *m))
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	while (!try(m)) {
		if (errno != EAGAIN || now_ms() >= m->deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool
try_dotlock(struct mailbox *m)
{
	const bool ok = dotlock_try(&m->lock);

	m->is_torn = m->lock.growth.inode > 0;
	return ok;
}

/* Why we do not write to what fd is: 0 when we do. Another file under that name
   is a reader's new one: try again. */
static int
fault_of(const struct mailbox *m, int fd)
{
	struct stat st, named;

	if (fstat(fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	if (st.st_uid != geteuid())
		return EPERM;
	if (fstatat(m->lock.dir, m->name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
	    named.st_dev != st.st_dev || named.st_ino != st.st_ino)
		return EAGAIN;
	return st.st_nlink == 1 ? 0 : EMLINK;
}

static bool
try_open(struct mailbox *m)
{
	const int flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW |
	                  O_NONBLOCK | O_CLOEXEC;
	int fd = openat(m->lock.dir, m->name, flags, 0600), fault;

	if (fd < 0)
		return false;
	fault = fcntl_lock(fd, F_OFD_SETLK) ? 0 : errno;
	if (fault == 0)
		fault = fault_of(m, fd);
	if (fault != 0)
		close(fd);
	else
		m->fd = fd;
	errno = fault;
	return fault == 0;
}

/*
 * Both locks, or neither: a reader may hold the one and wait for the other, so
 * nothing is held while we wait. A lock that tells of a torn message stays.
 */
static bool
try_both(struct mailbox *m)
{
	int fault;

	if (m->wants_dotlock && !try_dotlock(m))
		return false;
	if (try_open(m))
		return true;
	fault = errno;
	if (m->is_torn)
		dotlock_leave(&m->lock);
	dotlock_drop(&m->lock);
	errno = fault;
	return false;
}

/* Opens the directory the mailbox is in; sets .name. */
static bool
open_directory(struct mailbox *m, struct vb_delivery *d, const char *path)
{
	const char *slash = strrchr(path, '/');
	const bool is_top = slash == path;
	char *directory;

	m->name = slash != NULL ? slash + 1 : path;
	directory = slash == NULL
	                ? strdup(".")
	                : strndup(path, is_top ? 1 : (size_t)(slash - path));
	if (directory == NULL)
		return false;
	m->lock.dir = vb_directory(d, directory);
	free(directory);
	if (m->lock.dir < 0)
		return false;
	errno = ENAMETOOLONG;
	return (size_t)snprintf(m->lock.name, sizeof(m->lock.name), "%s.lock",
		   m->name) < sizeof(m->lock.name);
}

/* Gives both locks back. There may be copies of the descriptor that are not
   closed yet. The dot-lock goes first: when it is left, though we have done,
   nobody else can have written. False and errno: the next will cut off what we
   have written. */
static bool
mailbox_close(struct mailbox *m)
{
	struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };
	int error;

	if (m->is_torn && m->lock.growth.inode > 0)
		dotlock_leave(&m->lock);
	error = dotlock_drop(&m->lock) ? 0 : errno;
	if (m->fd >= 0) {
		fcntl(m->fd, F_OFD_SETLK, &all);
		close(m->fd);
		m->fd = -1;
	}
	errno = error;
	return error == 0;
}

#endif
