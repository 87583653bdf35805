/*
 * One file for all recipients of a message: written once, for the first that
 * this process delivers to, and linked into the maildirs of the others. It
 * stays open for that, until others take its place.
 *
 * Only files that are small enough are kept: one that every recipient has
 * removed takes up room as long as it is open.
 *
 * For the one module that includes it, which defines _GNU_SOURCE.
 */
#ifndef MODULES_MAILDIR_SHARED_H
#define MODULES_MAILDIR_SHARED_H

#include "modules/maildir/file.h"

enum { SHARED_MOST = 64, SHARED_ID = 32, SHARED_OCTETS = 1024 * 1024 };

struct shared {
	char id[SHARED_ID];
	int fd;
	struct stat st;
	bool is_safe; /* it is on disk */
};

/* A ring: the next to be written over is `next`. */
static struct shared shared[SHARED_MOST];
static unsigned next;

static void
shared_forget(struct shared *s)
{
	if (s->id[0] != '\0')
		close(s->fd);
	s->id[0] = '\0';
}

/* The file of this message, as long as it is in a maildir. NULL: none. */
static struct shared *
shared_find(const struct vb_delivery *d)
{
	unsigned i = 0;

	while (i < SHARED_MOST && !vb_str_eq(vb_str(shared[i].id), d->id))
		i++;
	if (i == SHARED_MOST)
		return NULL;
	if (fstat(shared[i].fd, &shared[i].st) == 0 &&
	    shared[i].st.st_nlink > 0)
		return &shared[i];
	shared_forget(&shared[i]);
	return NULL;
}

/* Takes the descriptor of a file that was just written, and closes it where it
   is of no use to others. */
static void
shared_add(const struct vb_delivery *d, int fd, uint64_t octets)
{
	struct shared *s = &shared[next];

	if (octets > SHARED_OCTETS || d->id.n >= SHARED_ID) {
		close(fd);
		return;
	}
	shared_forget(s);
	snprintf(s->id, SHARED_ID, "%.*s", VB_FMT(d->id));
	s->fd = fd;
	s->is_safe = false;
	next = (next + 1) % SHARED_MOST;
}

/* The file has been synced, or could not be. */
static void
shared_settle(const struct vb_delivery *d, bool is_safe)
{
	struct shared *s = shared_find(d);

	if (s != NULL && is_safe)
		s->is_safe = true;
	if (s != NULL && !is_safe)
		shared_forget(s);
}

/* Could be linked into this maildir; and will be on disk. */
static bool
shared_serves(
    const struct shared *s, const struct maildir *m, struct vb_delivery *d)
{
	struct stat st;

	return fstat(m->new, &st) == 0 && st.st_dev == s->st.st_dev &&
	       (s->is_safe || vb_sync(d, s->fd));
}

/* The count of links is in the file, which must go to disk as the directory
   does. False and errno, and nothing was done. */
static bool
shared_link(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	const struct shared *s = shared_find(d);
	char path[32];

	if (s == NULL) {
		errno = ENOENT;
		return false;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
	if (linkat(AT_FDCWD, path, m->new, name, AT_SYMLINK_FOLLOW) != 0 &&
	    errno != EEXIST)
		return false;
	return vb_sync(d, s->fd) && vb_sync(d, m->new);
}

#endif
