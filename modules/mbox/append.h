/*
 * What is done to a mailbox that is open and ours alone: it is mended, looked
 * through, and made longer by a message.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MBOX_APPEND_H
#define MODULES_MBOX_APPEND_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/delivery.h>

#include "modules/mbox/mailbox.h"
#include "modules/mbox/mboxrd.h"

/* Takes off what is behind the last whole message. */
static bool
cut(struct mailbox *m)
{
	m->is_torn = ftruncate(m->fd, m->end) != 0 || fsync(m->fd) != 0;
	return !m->is_torn;
}

/* Takes away what a courier that died had begun. */
static bool
mend(struct mailbox *m)
{
	const struct growth *left = &m->lock.growth;
	struct stat st;

	if (fstat(m->fd, &st) != 0)
		return false;
	m->inode = st.st_ino;
	m->end = st.st_size;
	if (left->inode == m->inode && (uintmax_t)m->end > left->from)
		m->end = (off_t)left->from;
	m->begin = m->end;
	if (m->end < st.st_size)
		return cut(m);
	m->is_torn = false;
	return true;
}

/* To be on disk before it counts; its entry in the directory as well, where it
   may be new. */
static bool
sync_soon(const struct mailbox *m, struct vb_delivery *d)
{
	return vb_sync(d, m->fd) &&
	       ((m->begin > 0 && !d->again) || vb_sync(d, m->lock.dir));
}

/*
 * Whether the message is there: OTHER when it is not, or no longer. What ends
 * in the beginning of it, it once began itself; but not what we have written.
 */
static enum likeness
find(struct mailbox *m, struct vb_delivery *d)
{
	enum likeness likeness = OTHER;
	off_t at;

	if (d->again && m->end > FROM_SIZE)
		likeness = mboxrd_find(d, m->fd, &at);
	if (likeness != CUT)
		return likeness;
	if (m->has_begun)
		return OTHER;
	m->begin = m->end = at;
	return cut(m) ? OTHER : UNKNOWN;
}

/* What it takes for the mailbox to end with an empty line. */
static bool
find_gap(const struct mailbox *m, struct vb_str *gap)
{
	char end[2] = "\n\n";
	const size_t n = m->end < 2 ? (size_t)m->end : 2;

	if (pread(m->fd, end + 2 - n, n, m->end - (off_t)n) != (ssize_t)n)
		return false;
	*gap = VB_STR("\n\n");
	gap->n = end[1] != '\n' ? 2 : end[0] != '\n' ? 1 : 0;
	return true;
}

/* Says in the dot-lock, if there is one, that it will grow; once for all that
   is written. */
static bool
announce(struct mailbox *m)
{
	if (m->has_begun)
		return true;
	if (m->lock.fd >= 0) {
		m->lock.growth = (struct growth){ m->inode, (uintmax_t)m->end };
		if (!dotlock_note(&m->lock))
			return false;
	}
	m->has_begun = true;
	return true;
}

/* All of the message, or nothing. */
static bool
append(struct mailbox *m, struct vb_delivery *d)
{
	struct vb_str gap;
	off_t n;
	int error;

	if (!find_gap(m, &gap) || !announce(m))
		return false;
	n = mboxrd_append(d, m->fd, gap);
	if (n >= 0 && sync_soon(m, d)) {
		m->end += n;
		return true;
	}
	error = errno;
	cut(m);
	errno = error;
	return false;
}

#endif
