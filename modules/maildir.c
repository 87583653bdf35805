/*
 * Delivery into a maildir: one message, one file, no locks.
 *
 *	tmp/  where a message is written
 *	new/  where it appears, whole, once it is safe on disk
 *	cur/  where a mail reader moves it
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
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/module.h>

#include "modules/maildir/quota.h"

/* What a mail reader may add to a name: ",S=4096:2,FRS". */
enum { NAME_SIZE = NAME_MAX - 40, BLOCK_SIZE = 64 * 1024 };

struct maildir_conf {
	struct vb_str path;
	struct vb_bytes quota;
};

static const struct vb_option options[] = {
	VB_OPTION(struct maildir_conf, path, "/var/mail/{domain}/{user}",
	    "Where a recipient's maildir is. {user} is the account, {domain} "
	    "the site's domain and {home} the account's home directory."),
	VB_OPTION(struct maildir_conf, quota, "0",
	    "How much a maildir may hold; \"0\" is no limit. Mail for one that "
	    "is full is refused, with 552. Other programs that keep "
	    "`maildirsize` (Maildir++) should be told the same."),
	{ 0 },
};

/* The three directories of a maildir. */
struct maildir {
	int tmp, new, cur;
	bool is_done;           /* the message is there already */
	uint64_t quota, octets; /* of the message, where there is a quota */
};

static int
open_below(struct vb_delivery *d, const char *path, const char *name)
{
	const size_t size = strlen(path) + strlen(name) + 2;
	char *below = malloc(size);
	int fd;

	if (below == NULL)
		return -1;
	snprintf(below, size, "%s/%s", path, name);
	fd = vb_directory(d, below);
	free(below);
	return fd;
}

static bool
maildir_open(struct maildir *m, struct vb_delivery *d, const char *path)
{
	return (m->tmp = open_below(d, path, "tmp")) >= 0 &&
	       (m->new = open_below(d, path, "new")) >= 0 &&
	       (m->cur = open_below(d, path, "cur")) >= 0;
}

/* FNV-1a. */
static uint64_t
hash(struct vb_str text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 0x100000001b3;
	return h;
}

/* A host name that is too long is cut: it tells two deliveries apart only for
   people. */
static void
name_of(const struct vb_delivery *d, char name[NAME_SIZE])
{
	int n = snprintf(name, NAME_SIZE, "%" PRId64 ".V%.*sR%016" PRIx64 ".",
	    d->arrived, VB_FMT(d->id), hash(d->mailbox));

	for (size_t i = 0; i < d->hostname.n && n < NAME_SIZE - 4; i++) {
		const char c = d->hostname.p[i];
		const bool is_plain = c != '/' && c != ':';

		n += snprintf(name + n, (size_t)(NAME_SIZE - n),
		    is_plain ? "%c" : "\\%03o", c);
	}
}

static bool
write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return true;
}

static bool
write_message(int fd, struct vb_delivery *d)
{
	char block[BLOCK_SIZE];
	ptrdiff_t n;

	while ((n = vb_read(d, block, sizeof(block))) > 0)
		if (!write_all(fd, block, (size_t)n))
			return false;
	return n == 0;
}

/* What is there already, a courier that died left behind. */
static int
create(int dir, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags, 0600);

	if (fd >= 0 || errno != EEXIST || unlinkat(dir, name, 0) != 0)
		return fd;
	return openat(dir, name, flags, 0600);
}

static bool
write_tmp(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	int fd = create(m->tmp, name), error = 0;

	if (fd < 0)
		return false;
	if (!write_message(fd, d) || !vb_sync(d, fd))
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error != 0)
		unlinkat(m->tmp, name, 0);
	errno = error;
	return error == 0;
}

/* linkat(), not renameat(): it will not overwrite a message that is there. One
   of that name is this very message. */
static bool
move_to_new(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	const bool ok = linkat(m->tmp, name, m->new, name, 0) == 0 ||
	                errno == EEXIST;
	const int error = errno;

	unlinkat(m->tmp, name, 0);
	errno = error;
	return ok && vb_sync(d, m->new);
}

/* A reader may have added flags, ":2,S", and a size, ",S=4096". */
static bool
is_named(const char *file, const char *name)
{
	const size_t n = strlen(name);

	return strncmp(file, name, n) == 0 && strchr(",:;!", file[n]) != NULL;
}

/* False with errno 0 when it is not there. */
static bool
is_in_cur(const struct maildir *m, const char *name)
{
	int fd = openat(m->cur, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;
	int error;

	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return false;
	}
	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry != NULL && !is_named(entry->d_name, name));
	error = errno;
	closedir(dir);
	errno = error;
	return entry != NULL;
}

/* In this order: from new/ a message only ever moves to cur/. What is found may
   not be on disk yet: who put it there may have died before. */
static bool
is_there(const struct maildir *m, const char *name, struct vb_delivery *d)
{
	struct stat st;

	if (fstatat(m->new, name, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
	    (errno != ENOENT || !is_in_cur(m, name)))
		return false;
	unlinkat(m->tmp, name, 0);
	return vb_sync(d, m->new) && vb_sync(d, m->cur);
}

static enum vb_outcome
later(struct vb_delivery *d, const char *doing, const char *path)
{
	const int error = errno;
	const char *status = error == ENOSPC   ? "4.3.1"
	                     : error == EDQUOT ? "4.2.2"
	                                       : "4.3.0";

	return vb_later(d, status, "%s %s: %s", doing, path, strerror(error));
}

/* What waits in tmp/ must have room. VB_DELIVERED: it has. */
static enum vb_outcome
admit(struct maildir *m, struct vb_delivery *d, const char *path,
    const char *name)
{
	enum vb_outcome outcome;
	struct stat st;

	if (m->quota == 0)
		return VB_DELIVERED;
	if (fstatat(m->tmp, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return later(d, "look into", path);
	m->octets = (uint64_t)st.st_size;
	outcome = quota_judge(d, path, m->quota, m->octets);
	if (outcome != VB_DELIVERED)
		unlinkat(m->tmp, name, 0);
	return outcome;
}

/* Writes it to tmp/, unless it is there already. */
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
	if (!write_tmp(m, name, d))
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
	return store(m, d, path);
}

/* What was written is on disk: now it may be seen. */
static enum vb_outcome
publish(struct vb_delivery *d, const void *conf)
{
	const struct maildir_conf *c = conf;
	const struct maildir *m = vb_delivery_data(d);
	const char *path = vb_path(d, c->path);
	char name[NAME_SIZE];

	if (m->is_done)
		return VB_DELIVERED;
	name_of(d, name);
	if (!move_to_new(m, name, d))
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
	unlinkat(m->tmp, name, 0);
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
};
