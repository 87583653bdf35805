/*
 * Delivery into a maildir: one message, one file, no locks.
 *
 *	new/  where a message appears, whole, once it is safe on disk
 *	cur/  where a mail reader moves it
 *	tmp/  where it is written, without a name where the file system has such
 *	      files: nothing is left there then, whatever happens
 *
 * https://cr.yp.to/proto/maildir.html
 *
 * The file is named after the delivery, not after the process and the moment:
 *
 *	1795492707.V4KQ7R0c8e4f1d2b3a4958.mx.example.org
 *
 * so that a delivery that is done again finds what the first one left, and no
 * message arrives twice. It is linked into new/ when what was written is on
 * disk, and counts as delivered when its entry in new/ is, too.
 */
#define _GNU_SOURCE /* renameat2 */
#include "modules/maildir/file.h"
#include "modules/maildir/quota.h"
#include "modules/maildir/shared.h"

struct maildir_conf {
	struct vb_str path;
	struct vb_bytes quota;
	bool share;
};

static const struct vb_option options[] = {
	VB_OPTION(struct maildir_conf, path, "/var/mail/{domain}/{user}",
	    "Where a recipient's maildir is. {user} is the account, {domain} "
	    "the site's domain and {home} the account's home directory."),
	VB_OPTION(struct maildir_conf, quota, "0",
	    "How much a maildir may hold; \"0\" is no limit. Mail for one that "
	    "is full is refused, with 552. Other programs that keep "
	    "`maildirsize` (Maildir++) should be told the same."),
	VB_OPTION(struct maildir_conf, share, "true",
	    "Write a message once for all its recipients and link the file "
	    "into each maildir, where the file system allows it. A program "
	    "that changes such a file in place changes it for all."),
	{ 0 },
};

static enum vb_outcome
later(struct vb_delivery *d, const char *doing, const char *path)
{
	const int error = errno;
	const char *status = error == ENOSPC   ? "4.3.1"
	                     : error == EDQUOT ? "4.2.2"
	                                       : "4.3.0";

	return vb_later(d, status, "%s %s: %s", doing, path, strerror(error));
}

/* There must be room for it. VB_DELIVERED: there is. */
static enum vb_outcome
admit(const struct maildir *m, struct vb_delivery *d, const char *path,
    const char *name)
{
	const enum vb_outcome outcome = quota_judge(
	    d, path, m->quota, m->octets);

	if (outcome != VB_DELIVERED)
		discard(m, name);
	return outcome;
}

static bool
write_own(struct maildir *m, const char *name, struct vb_delivery *d)
{
	const int fd = write_file(m, name, d);

	if (fd < 0)
		return false;
	if (m->shares)
		shared_give(m, d, fd);
	else if (m->file < 0)
		close(fd);
	return true;
}

/* Has a file that is to appear in new/, unless it is there already. */
static enum vb_outcome
store(struct maildir *m, struct vb_delivery *d, const char *path)
{
	char name[NAME_SIZE];
	enum vb_outcome outcome;

	name_of(d, name);
	if (!maildir_open(m, d, path))
		return later(d, "open", path);

	errno = 0;
	if (d->again && is_there(m, name, d)) {
		m->is_done = true;
		return vb_delivered(d, "maildir %s has %s", path, name);
	}
	if (d->again && errno != 0)
		return later(d, "look into", path);
	if (!(m->shares && shared_take(m, d)) && !write_own(m, name, d))
		return later(d, "write to", path);
	outcome = admit(m, d, path, name);
	if (outcome != VB_DELIVERED)
		return outcome;
	return vb_delivered(d, "maildir %s/new/%s", path, name);
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct maildir_conf *c = conf;
	const char *path = vb_path(d, c->path);
	struct maildir *m = vb_delivery_data(d);

	if (path == NULL)
		return vb_never(d, "5.1.3", "not a name for a maildir");
	m->quota = c->quota.value;
	m->shares = c->share && d->has_others;
	return store(m, d, path);
}

/* The file cannot be linked, or that of another recipient has gone: it is
   written once more, to tmp/. */
static bool
write_late(struct maildir *m, const char *name, struct vb_delivery *d)
{
	bool ok;
	int fd;

	if (!vb_rewind(d))
		return false;
	m->file = -1;
	fd = create_in_tmp(m->tmp, name);
	ok = fd >= 0 && write_message(m, fd, d) && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!ok)
		remove_tmp(m, name);
	return ok && move_to_new(m, name, d);
}

/* What was written is on disk: now it may be seen. */
static enum vb_outcome
publish(struct vb_delivery *d, const void *conf)
{
	const struct maildir_conf *c = conf;
	struct maildir *m = vb_delivery_data(d);
	const char *path = vb_path(d, c->path);
	char name[NAME_SIZE];

	if (m->is_done)
		return VB_DELIVERED;
	name_of(d, name);
	if (!move_to_new(m, name, d) &&
	    (m->file < 0 || !write_late(m, name, d)))
		return later(d, "link into", path);
	quota_note(path, m->quota, m->octets);
	return VB_DELIVERED;
}

/* It is not on disk: it goes. */
static void
abandon(struct vb_delivery *d, const void *conf)
{
	const struct maildir *m = vb_delivery_data(d);
	char name[NAME_SIZE];

	(void)conf;
	if (m->is_done)
		return;
	name_of(d, name);
	discard(m, name);
}

static bool
limits(const void *conf)
{
	const struct maildir_conf *c = conf;

	return c->quota.value > 0;
}

static enum vb_outcome
room(struct vb_delivery *d, uint64_t octets, const void *conf)
{
	const struct maildir_conf *c = conf;

	return quota_room(d, vb_path(d, c->path), c->quota.value, octets);
}

VB_MODULE(maildir, "1.0"){
	.about = "delivery into maildirs",
	.conf_size = sizeof(struct maildir_conf),
	.options = options,
	.deliver = deliver,
	.publish = publish,
	.abandon = abandon,
	.delivery_size = sizeof(struct maildir),
	.limits = limits,
	.room = room,
	.at_once = 2, /* one writes while the other syncs */
};
