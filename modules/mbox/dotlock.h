/*
 * The dot-lock of a mailbox: a file NAME.lock beside it, made with O_EXCL, that
 * says who is writing, and what:
 *
 *	4711 mx.example.org 130891 20480
 *
 * Process 4711 on that host is about to make the mailbox, inode 130891, longer
 * than 20480 octets. That is on disk before the first of what is behind them
 * is. A mailbox that is longer was left so by a courier that died, and is cut
 * back by the next. When it is whole, and on disk, the lock goes; that it has
 * gone must be on disk before anybody is told so.
 *
 * While it lives, the holder also has the lock itself locked, with fcntl(2). So
 * one courier at a time judges a lock that was left, and takes it over as it
 * is: what it says is never lost.
 *
 * Those locks belong to the open file, not to the process (F_OFD_SETLK): one
 * that has several mailboxes open must not take its own lock for one that was
 * left, nor lose it when a copy of the descriptor is closed.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MBOX_DOTLOCK_H
#define MODULES_MBOX_DOTLOCK_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <verbena/str.h>

/* What a holder makes longer, and from where on; all 0 when that is not
   known. */
struct growth {
	uintmax_t inode, from;
};

/* The caller sets the first four. */
struct dotlock {
	int dir; /* where the mailbox is; not owned */
	char name[NAME_MAX + 1];
	struct vb_str hostname;
	int64_t stale; /* seconds after which any lock is */
	int fd;        /* -1 while not held */
	struct growth growth;
};

static bool
fcntl_lock(int fd, int command)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, command, &lock) == 0)
		return true;
	if (errno == EACCES)
		errno = EAGAIN;
	return false;
}

/* Says what is about to grow. */
static bool
dotlock_note(const struct dotlock *l)
{
	const struct growth *g = &l->growth;
	char text[512];
	int n = snprintf(text, sizeof(text), "%ld %.*s", (long)getpid(),
	    VB_FMT(l->hostname));

	if (g->inode > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %ju %ju",
		    g->inode, g->from);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "\n");
	return pwrite(l->fd, text, (size_t)n, 0) == n &&
	       ftruncate(l->fd, n) == 0 && (g->inode == 0 || fsync(l->fd) == 0);
}

/* False when the name in the directory is another file, or a plain one of ours
   it is not. */
static bool
dotlock_is(const struct dotlock *l, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 &&
	       fstatat(l->dir, l->name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
	       S_ISREG(a.st_mode) && a.st_nlink == 1 && a.st_uid == geteuid();
}

/* Unsays that anything grows, on disk. */
static bool
unsay(struct dotlock *l)
{
	const bool has_said = l->growth.inode > 0;

	l->growth = (struct growth){ 0 };
	return !has_said || (dotlock_note(l) && fsync(l->fd) == 0);
}

/*
 * Gives the lock back, unless somebody has taken it from us. One that cannot be
 * removed, or of which we cannot tell whether it is still ours, must at least
 * not have the next cut off what we have written; false and errno when it still
 * would.
 */
static bool
dotlock_drop(struct dotlock *l)
{
	bool ok = true;

	if (l->fd < 0)
		return true;
	if (!dotlock_is(l, l->fd) || unlinkat(l->dir, l->name, 0) != 0)
		ok = unsay(l);
	close(l->fd);
	l->fd = -1;
	return ok;
}

/* Leaves it for the next to take over; errno stays. */
static void
dotlock_leave(struct dotlock *l)
{
	const int error = errno;

	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	errno = error;
}

static bool
is_old(const struct dotlock *l, const struct stat *st)
{
	return time(NULL) - st->st_mtime > l->stale;
}

/* Whether a process on this host lives. */
static bool
is_alive(long pid)
{
	return pid != getpid() && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}

/*
 * True when what fd says is of our making and its maker is gone. We have it
 * locked: when it tells of growth, that alone means that on this host nobody
 * else had.
 */
static bool
is_left(struct dotlock *l, int fd)
{
	char text[512] = "", hostname[256];
	struct growth g = { 0 };
	struct stat st;
	long pid;
	int n;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0 || fstat(fd, &st) != 0)
		return false;
	n = sscanf(
	    text, "%ld %255s %ju %ju", &pid, hostname, &g.inode, &g.from);
	if (n != 2 && n != 4)
		return false;
	if (!is_old(l, &st) && (!vb_str_eq(vb_str(hostname), l->hostname) ||
				   (n == 2 && is_alive(pid))))
		return false;
	if (n == 4)
		l->growth = g;
	return true;
}

/* Removes a lock of another's making when it is old. It is put aside first:
   should it not be the one that was judged, it is put back. */
static void
remove_old(const struct dotlock *l)
{
	char aside[64];
	struct stat judged, st;

	if (fstatat(l->dir, l->name, &judged, AT_SYMLINK_NOFOLLOW) != 0 ||
	    S_ISDIR(judged.st_mode) || !is_old(l, &judged))
		return;
	snprintf(aside, sizeof(aside), ".stale-lock.%ld", (long)getpid());
	if (renameat(l->dir, l->name, l->dir, aside) != 0)
		return;
	if (fstatat(l->dir, aside, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (st.st_ino != judged.st_ino || st.st_dev != judged.st_dev))
		linkat(l->dir, aside, l->dir, l->name, 0);
	unlinkat(l->dir, aside, 0);
}

/* Takes over, or clears away, a lock whose holder is gone. */
static bool
take_over(struct dotlock *l)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(l->dir, l->name, flags);
	const bool is_held = fd >= 0 && !fcntl_lock(fd, F_OFD_SETLK);

	if (fd >= 0 && !is_held && dotlock_is(l, fd) && is_left(l, fd)) {
		l->fd = fd;
		return true;
	}
	if (!is_held)
		remove_old(l);
	if (fd >= 0)
		close(fd);
	errno = EAGAIN;
	return false;
}

static bool
give_name(const struct dotlock *l)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", l->fd);
	return linkat(AT_FDCWD, self, l->dir, l->name, AT_SYMLINK_FOLLOW) == 0;
}

/*
 * It has no name until it says whose it is: one that said nothing, left by a
 * courier that was killed just then, would hold up the mailbox until it is old.
 * That can still be where a file system knows no files without a name.
 */
static bool
make(struct dotlock *l)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	bool is_named = false;

	l->fd = openat(l->dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (l->fd < 0 && errno == EOPNOTSUPP) {
		l->fd = openat(l->dir, l->name, flags, 0600);
		is_named = true;
	}
	if (l->fd < 0)
		return false;
	if (fcntl_lock(l->fd, F_OFD_SETLKW) && dotlock_note(l) &&
	    (is_named || give_name(l)))
		return true;
	dotlock_leave(l);
	return false;
}

/* Tries once. False with EAGAIN while another holds it. What an earlier try
   took over may be mended by now. */
static bool
dotlock_try(struct dotlock *l)
{
	l->growth = (struct growth){ 0 };
	if (make(l))
		return true;
	if (errno != EEXIST || !take_over(l))
		return false;
	if (dotlock_note(l))
		return true;
	dotlock_leave(l);
	return false;
}

#endif
