/*
 * The mailboxes that a batch of deliveries has open. The first delivery to a
 * mailbox takes its locks, others append behind it; when all of it is on disk,
 * or it turns out that it is not, the first that hears of it gives the locks
 * back: the mailbox is settled. In between, nobody else sees it.
 *
 * While one is open the locks of another are never waited for. And they are not
 * more than OPEN_MOST: before one more is opened the oldest is settled, with a
 * sync of its own.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MBOX_BOXES_H
#define MODULES_MBOX_BOXES_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <verbena/delivery.h>

#include "modules/mbox/append.h"
#include "modules/mbox/mailbox.h"

enum { OPEN_MOST = 64 };

struct box {
	struct mailbox m;
	char *path;
	unsigned users; /* deliveries that will hear what comes of it */
	bool is_open;
	int error; /* once settled: why it has not what they wrote, or 0 */
	struct box *next;
};

static struct box *boxes; /* the oldest first */
static unsigned n_open;

/* That is open. */
static struct box *
box_find(const char *path)
{
	struct box *b = boxes;

	while (b != NULL && (!b->is_open || strcmp(b->path, path) != 0))
		b = b->next;
	return b;
}

/* Cuts off what is not to stay. What cannot be cut off the next writer will,
   if that can be said in the dot-lock. */
static int
tidy(struct mailbox *m, int error)
{
	if (error != 0 && m->has_begun) {
		m->end = m->begin;
		m->is_torn = true;
	}
	if (!m->is_torn || cut(m) || m->lock.fd < 0 || error != 0)
		return error;
	m->lock.growth.from = (uintmax_t)m->end;
	return dotlock_note(&m->lock) ? 0 : errno;
}

/* `error` is why what was written is not on disk, or 0: it is. When the lock
   of what is cut off came back, so would the cut. */
static void
box_settle(struct box *b, int error)
{
	struct mailbox *m = &b->m;

	b->error = tidy(m, error);
	if (!mailbox_close(m) && b->error == 0)
		b->error = errno;
	if (b->error != 0 && m->has_begun && m->wants_dotlock &&
	    fsync(m->lock.dir) != 0)
		b->error = errno;
	b->is_open = false;
	n_open--;
}

static void
settle_oldest(void)
{
	struct box *b = boxes;
	bool ok;

	while (!b->is_open)
		b = b->next;
	ok = fsync(b->m.fd) == 0 &&
	     (b->m.begin > 0 || fsync(b->m.lock.dir) == 0);
	box_settle(b, ok ? 0 : errno);
}

/* Not used any more: it goes, with the locks if it has them still. */
static void
box_leave(struct box *b)
{
	struct box **at = &boxes;

	if (--b->users > 0)
		return;
	if (b->is_open)
		box_settle(b, ECANCELED);
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	free(b->path);
	free(b);
}

static bool
box_lock(struct box *b, struct vb_delivery *d)
{
	int error;

	if (open_directory(&b->m, d, b->path) && wait_for(&b->m, try_both) &&
	    mend(&b->m))
		return true;
	error = errno;
	mailbox_close(&b->m);
	errno = error;
	return false;
}

/* Opens one; `m` says how. Its user is the caller. NULL and errno: EAGAIN while
   somebody else has it. */
static struct box *
box_open(struct vb_delivery *d, const char *path, const struct mailbox *m)
{
	struct box *b = calloc(1, sizeof(*b)), **last = &boxes;

	if (b == NULL)
		return NULL;
	if (n_open == OPEN_MOST)
		settle_oldest();
	b->m = *m;
	b->path = strdup(path);
	if (b->path == NULL || !box_lock(b, d)) {
		free(b->path);
		free(b);
		return NULL;
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = b;
	b->users = 1;
	b->is_open = true;
	n_open++;
	return b;
}

#endif
