/*
 * Delivery into an mbox: all messages in one file.
 *
 *	From ann@example.org Tue Nov 24 04:05:06 2026
 *	Return-Path: <ann@example.org>
 *	...
 *	>From here on a line that began with "From " has one more ">"
 *	(empty line)
 *
 * As mboxrd has it: a line that matches "^>*From " gets one more ">", which a
 * reader may take away again. RFC 4155; https://qmail.org/man/man5/mbox.html
 *
 * Who appends holds two locks, the dot-lock first, then that of fcntl(2). What
 * a batch has for a mailbox is appended under the same locks, and they are held
 * until all of it is on disk (boxes.h). So who takes a lock sees each message
 * whole or not at all: what cannot be finished is cut off, by us or, if we die,
 * by the next (dotlock.h). A delivery that is done again looks for itself
 * first.
 *
 * Without a dot-lock nothing tells the next that we died. What we had begun is
 * then mended only when its delivery is done again; that is the first thing the
 * queue has done. Until then a reader may see a piece of a message; and should
 * another program append to it before, the piece stays. Nothing is lost or
 * doubled even so.
 */
#define _GNU_SOURCE /* F_OFD_SETLK, O_TMPFILE: modules/mbox/dotlock.h */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/module.h>

#include "modules/mbox/append.h"
#include "modules/mbox/boxes.h"
#include "modules/quota.h"

struct mbox_conf {
	struct vb_str path;
	struct vb_seconds lock_timeout, stale_lock;
	struct vb_bytes quota;
	bool dotlock;
};

static const struct vb_option options[] = {
	VB_OPTION(struct mbox_conf, path, "/var/mail/{user}",
	    "Where a recipient's mailbox is. {user} is the account, {domain} "
	    "the site's domain and {home} the account's home directory."),
	VB_OPTION(struct mbox_conf, lock_timeout, "10s",
	    "How long to wait for a mailbox that another program has locked, "
	    "before the delivery is put off."),
	VB_OPTION(struct mbox_conf, stale_lock, "5m",
	    "The age at which a dot-lock counts as left behind, whoever made "
	    "it.",
	    .min = 1, .max = INT32_MAX),
	VB_OPTION(struct mbox_conf, quota, "0",
	    "How much a mailbox may hold; \"0\" is no limit. Mail for one that "
	    "is full is refused, with 552."),
	VB_OPTION(struct mbox_conf, dotlock, "true",
	    "Whether to make a dot-lock. Without it only the lock of fcntl(2) "
	    "is taken: for a directory in which the recipient may not make "
	    "files. Then a courier that is killed may leave a piece of a "
	    "message, until the delivery is done again."),
	{ 0 },
};

static enum vb_outcome
later(struct vb_delivery *d, const char *doing, const char *path)
{
	static const struct {
		int error;
		const char *status, *why;
	} known[] = {
		{ EAGAIN, "4.2.0", "mailbox is locked" },
		{ ENOSPC, "4.3.1", NULL },
		{ EDQUOT, "4.2.2", NULL },
		{ 0, "4.3.0", NULL },
	};
	const int error = errno;
	size_t i = 0;

	while (known[i].error != 0 && known[i].error != error)
		i++;
	return vb_later(d, known[i].status, "%s %s: %s", doing, path,
	    known[i].why != NULL ? known[i].why : strerror(error));
}

/* VB_DELIVERED, with nothing said: there is room. */
static enum vb_outcome
admit(const struct mailbox *m, struct vb_delivery *d, const char *path,
    uint64_t quota)
{
	off_t octets;

	if (quota == 0)
		return VB_DELIVERED;
	octets = mboxrd_measure(d);
	if (octets < 0)
		return later(d, "measure the message for", path);
	if (!quota_has_room(quota, (uint64_t)m->end, (uint64_t)octets))
		return quota_full(d, quota, (uint64_t)m->end);
	return VB_DELIVERED;
}

static enum vb_outcome
store(
    struct mailbox *m, struct vb_delivery *d, const char *path, uint64_t quota)
{
	enum vb_outcome outcome;
	enum likeness likeness;

	if (m->is_torn && !cut(m))
		return later(d, "mend", path);
	likeness = find(m, d);
	if (likeness == UNKNOWN)
		return later(d, "look into", path);
	if (likeness == SAME && !sync_soon(m, d))
		return later(d, "sync", path);
	if (likeness == SAME)
		return vb_delivered(d, "mbox %s has it", path);
	outcome = admit(m, d, path, quota);
	if (outcome != VB_DELIVERED)
		return outcome;
	if (!append(m, d))
		return later(d, "write to", path);
	return vb_delivered(d, "mbox %s", path);
}

/* The dot-lock of one mailbox must not be another mailbox. */
static bool
is_lock(const char *path)
{
	const size_t n = strlen(path);

	return n >= 5 && strcmp(path + n - 5, ".lock") == 0;
}

/* In company nobody waits for a lock: others would, too. */
static struct box *
open_box(struct vb_delivery *d, const char *path, const struct mbox_conf *c)
{
	const int64_t seconds = d->is_alone ? c->lock_timeout.value : 0;
	const struct mailbox m = {
		.lock = { .dir = -1,
		    .hostname = d->hostname,
		    .stale = c->stale_lock.value,
		    .fd = -1 },
		.wants_dotlock = c->dotlock,
		.fd = -1,
		.deadline = now_ms() + seconds * 1000,
	};
	struct box *b = box_find(path);

	if (b == NULL)
		return box_open(d, path, &m);
	b->users++;
	return b;
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct mbox_conf *c = conf;
	const char *path = vb_path(d, c->path);
	struct box **mine = vb_delivery_data(d);
	enum vb_outcome outcome;

	if (path == NULL || is_lock(path))
		return vb_never(d, "5.1.3", "not a name for a mailbox");
	*mine = open_box(d, path, c);
	if (*mine == NULL)
		return later(d, "open", path);
	outcome = store(&(*mine)->m, d, path, c->quota.value);
	if (outcome != VB_DELIVERED)
		box_leave(*mine);
	return outcome;
}

/* What was written is on disk: now others may see it. It counts when the
   dot-lock is gone for good. */
static enum vb_outcome
publish(struct vb_delivery *d, const void *conf)
{
	struct box *b = *(struct box **)vb_delivery_data(d);
	enum vb_outcome outcome = VB_DELIVERED;

	(void)conf;
	if (b->is_open)
		box_settle(b, 0);
	errno = b->error;
	if (errno != 0 || (b->m.wants_dotlock && !vb_sync(d, b->m.lock.dir)))
		outcome = later(d, "sync", b->path);
	box_leave(b);
	return outcome;
}

static void
abandon(struct vb_delivery *d, const void *conf)
{
	struct box *b = *(struct box **)vb_delivery_data(d);

	(void)conf;
	if (b->is_open)
		box_settle(b, EIO);
	box_leave(b);
}

static bool
limits(const void *conf)
{
	const struct mbox_conf *c = conf;

	return c->quota.value > 0;
}

static enum vb_outcome
room(struct vb_delivery *d, uint64_t octets, const void *conf)
{
	const struct mbox_conf *c = conf;
	const char *path = vb_path(d, c->path);
	struct stat st = { 0 };

	if (path == NULL || is_lock(path))
		return vb_never(d, "5.1.3", "not a name for a mailbox");
	if (stat(path, &st) != 0 && errno != ENOENT)
		return quota_unknown(d, path);
	if (!quota_has_room(c->quota.value, (uint64_t)st.st_size, octets))
		return quota_full(d, c->quota.value, (uint64_t)st.st_size);
	return vb_delivered(d, "mbox %s has room", path);
}

VB_MODULE(mbox, "1.0"){
	.about = "delivery into mbox files",
	.conf_size = sizeof(struct mbox_conf),
	.options = options,
	.deliver = deliver,
	.publish = publish,
	.abandon = abandon,
	.delivery_size = sizeof(struct box *),
	.limits = limits,
	.room = room,
};
