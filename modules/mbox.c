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
 * Who appends holds two locks, the dot-lock first, then that of fcntl(2). A
 * message is either there, whole and on disk, or not at all: what cannot be
 * finished is cut off, by us or, if we die, by the next (dotlock.h). A delivery
 * that is done again looks for itself first.
 */
#define _GNU_SOURCE /* O_TMPFILE: modules/dotlock.h */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/module.h>

#include "modules/mailbox.h"
#include "modules/mboxrd.h"
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
	    "files."),
	{ 0 },
};

static bool
cut_to(struct mailbox *m, off_t size)
{
	m->size = size;
	return ftruncate(m->fd, size) == 0 && fsync(m->fd) == 0;
}

/* Its entry in the directory as well, where it may be new. */
static bool
sync_all(const struct mailbox *m)
{
	return fsync(m->fd) == 0 && (m->size > 0 || fsync(m->lock.dir) == 0);
}

/* Takes away what a courier that died had begun. */
static bool
mend(struct mailbox *m)
{
	const struct stretch *left = &m->lock.stretch;
	struct stat st;

	if (fstat(m->fd, &st) != 0)
		return false;
	m->inode = st.st_ino;
	m->size = st.st_size;
	if (left->inode == m->inode && (uintmax_t)m->size > left->from &&
	    (uintmax_t)m->size < left->to && !cut_to(m, (off_t)left->from))
		return false;
	m->is_torn = false;
	return true;
}

/* Whether the message is there: OTHER when it is not, or no longer. What is
   found may not be on disk yet: who wrote it may have died before. */
static enum likeness
find(struct mailbox *m, struct vb_delivery *d)
{
	off_t at;

	if (!d->again || m->size <= FROM_SIZE)
		return OTHER;
	switch (mboxrd_find(d, m->fd, &at)) {
	case SAME:
		return sync_all(m) ? SAME : UNKNOWN;
	case CUT:
		return cut_to(m, at) ? OTHER : UNKNOWN;
	case OTHER:
		return OTHER;
	case UNKNOWN:
		break;
	}
	return UNKNOWN;
}

/* What it takes for the mailbox to end with an empty line. */
static bool
find_gap(const struct mailbox *m, struct vb_str *gap)
{
	char end[2] = "\n\n";
	const size_t n = m->size < 2 ? (size_t)m->size : 2;

	if (pread(m->fd, end + 2 - n, n, m->size - (off_t)n) != (ssize_t)n)
		return false;
	*gap = VB_STR("\n\n");
	gap->n = end[1] != '\n' ? 2 : end[0] != '\n' ? 1 : 0;
	return true;
}

/* Says in the dot-lock, if there is one, what append() will do. */
static bool
announce(struct mailbox *m, struct vb_delivery *d, struct vb_str gap)
{
	struct stretch *s = &m->lock.stretch;
	off_t n;

	if (m->lock.fd < 0)
		return true;
	n = mboxrd_measure(d, gap);
	if (n < 0)
		return false;
	s->inode = m->inode;
	s->from = (uintmax_t)m->size;
	s->to = (uintmax_t)(m->size + n);
	return dotlock_note(&m->lock);
}

/* All of the message, or nothing. */
static bool
append(struct mailbox *m, struct vb_delivery *d)
{
	struct vb_str gap;
	int error;

	if (!find_gap(m, &gap) || !announce(m, d, gap))
		return false;
	if (mboxrd_append(d, m->fd, gap) && sync_all(m))
		return true;
	error = errno;
	m->is_torn = !cut_to(m, m->size);
	errno = error;
	return false;
}

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
	octets = mboxrd_measure(d, VB_STR(""));
	if (octets < 0)
		return later(d, "measure the message for", path);
	if (!quota_has_room(quota, (uint64_t)m->size, (uint64_t)octets))
		return quota_full(d, quota, (uint64_t)m->size);
	return VB_DELIVERED;
}

static enum vb_outcome
store(
    struct mailbox *m, struct vb_delivery *d, const char *path, uint64_t quota)
{
	enum vb_outcome outcome;
	enum likeness likeness;

	if (!wait_for(m, try_both))
		return later(d, "open", path);
	if (!mend(m))
		return later(d, "mend", path);

	likeness = find(m, d);
	if (likeness == UNKNOWN)
		return later(d, "look into", path);
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

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct mbox_conf *c = conf;
	const char *path = vb_path(d, c->path);
	struct mailbox m = {
		.lock = { .dir = -1,
		    .hostname = d->hostname,
		    .stale = c->stale_lock.value,
		    .fd = -1 },
		.wants_dotlock = c->dotlock,
		.fd = -1,
		.deadline = now_ms() + c->lock_timeout.value * 1000,
	};
	enum vb_outcome outcome;

	if (path == NULL || is_lock(path))
		return vb_never(d, "5.1.3", "not a name for a mailbox");
	if (open_directory(&m, d, path))
		outcome = store(&m, d, path, c->quota.value);
	else
		outcome = later(d, "open", path);
	mailbox_close(&m);
	return outcome;
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
	.limits = limits,
	.room = room,
};
