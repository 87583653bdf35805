/*
 * How much a maildir holds, as Maildir++ keeps it: in the file `maildirsize`,
 * which other programs read and write as well.
 *
 *	1000000S        the quota it was counted for
 *	482344 118      octets and messages, when they were counted
 *	4096 1          ... and what came since
 *	-2048 -1        ... or went
 *
 * It is counted anew when the file is missing, is for another quota, cannot be
 * understood or has become long; and before a message is refused, unless that
 * has just been done: who removes mail need not know of the file.
 *
 * https://www.courier-mta.org/imap/README.maildirquota.html
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MAILDIR_QUOTA_H
#define MODULES_MAILDIR_QUOTA_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "modules/maildir/count.h"
#include "modules/quota.h"

enum { SIZE_FILE_MOST = 5120, RECENT = 15 * 60 };

/* In one line; as many as a file has room for still fit into 64 bits. */
#define OCTETS_MOST (INT64_MAX / SIZE_FILE_MOST)

static const char size_file[] = "maildirsize";

/* Puts a new file in the place of the old. Where that fails there is none, and
   it is counted again next time. */
static void
write_size(int top, uint64_t quota, const struct tally *t)
{
	char name[64], text[128];
	int n = snprintf(text, sizeof(text),
	    "%" PRIu64 "S\n%" PRIu64 " %" PRIu64 "\n", quota, t->octets,
	    t->messages);
	bool ok;
	int fd;

	snprintf(name, sizeof(name), "tmp/%s.%ld.%ld", size_file,
	    (long)time(NULL), (long)getpid());
	fd = openat(top, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ok = fd >= 0 && write(fd, text, (size_t)n) == n;
	if (fd >= 0)
		close(fd);
	if (ok && renameat(top, name, top, size_file) == 0)
		return;
	unlinkat(top, name, 0);
	unlinkat(top, size_file, 0);
}

/* What came or went while it was counted is in the count or is not: then it is
   good enough for now, and not to be kept. */
static bool
count_anew(int top, uint64_t quota, uint64_t *used)
{
	struct tally t = { 0 }, after = { .only_looks = true };

	if (!tally_count(&t, top))
		return false;
	write_size(top, quota, &t);
	if (!tally_count(&after, top) ||
	    after.newest.tv_sec != t.newest.tv_sec ||
	    after.newest.tv_nsec != t.newest.tv_nsec)
		unlinkat(top, size_file, 0);
	*used = t.octets;
	return true;
}

/* What the file says. */
struct size_read {
	int64_t octets;
	size_t lines; /* behind the first */
	time_t changed;
};

/* False when it cannot be understood. */
static bool
add_up(struct size_read *r, const char *text, uint64_t quota)
{
	char *end;

	if (strtoull(text, &end, 10) != quota || strncmp(end, "S\n", 2) != 0)
		return false;
	for (text = end + 2; *text != '\0'; text = end + 1, r->lines++) {
		const long long octets = strtoll(text, &end, 10);

		if (end == text || octets > OCTETS_MOST ||
		    octets < -OCTETS_MOST)
			return false;
		r->octets += octets;
		text = end;
		strtoll(text, &end, 10);
		if (end == text || *end != '\n')
			return false;
	}
	return r->lines > 0 && r->octets >= 0;
}

/* False when it must be counted anew. */
static bool
read_size(struct size_read *r, int top, uint64_t quota)
{
	char text[SIZE_FILE_MOST + 1];
	const int fd = openat(
	    top, size_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	*r = (struct size_read){ 0 };
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, SIZE_FILE_MOST);
	close(fd);
	if (n < 0 || n == SIZE_FILE_MOST)
		return false;
	text[n] = '\0';
	r->changed = st.st_mtime;
	return add_up(r, text, quota);
}

static bool
find_used(int top, uint64_t quota, uint64_t octets, uint64_t *used)
{
	struct size_read r;
	bool is_fresh;

	if (!read_size(&r, top, quota))
		return count_anew(top, quota, used);
	is_fresh = r.lines == 1 && time(NULL) - r.changed < RECENT;
	*used = (uint64_t)r.octets;
	if (is_fresh || quota_has_room(quota, *used, octets))
		return true;
	return count_anew(top, quota, used);
}

/*
 * Whether a maildir has room for a message: VB_DELIVERED, with nothing said, or
 * how the delivery ends. One that is not there yet is empty.
 */
static enum vb_outcome
quota_judge(
    struct vb_delivery *d, const char *path, uint64_t quota, uint64_t octets)
{
	uint64_t used = 0;
	bool ok;
	int top, error;

	if (quota == 0)
		return VB_DELIVERED;
	top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = top >= 0 ? find_used(top, quota, octets, &used) : errno == ENOENT;
	error = errno;
	if (top >= 0)
		close(top);
	errno = error;
	if (!ok)
		return quota_unknown(d, path);
	if (!quota_has_room(quota, used, octets))
		return quota_full(d, quota, used);
	return VB_DELIVERED;
}

/* Answers .room (module.h). */
static enum vb_outcome
quota_room(
    struct vb_delivery *d, const char *path, uint64_t quota, uint64_t octets)
{
	enum vb_outcome outcome;

	if (path == NULL)
		return vb_never(d, "5.1.3", "not a name for a maildir");
	outcome = quota_judge(d, path, quota, octets);
	if (outcome != VB_DELIVERED)
		return outcome;
	return vb_delivered(d, "maildir %s has room", path);
}

/* A message has come. Nothing is lost where that cannot be noted: a count will
   find it. */
static void
quota_note(const char *path, uint64_t quota, uint64_t octets)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "%" PRIu64 " 1\n", octets);
	int top, fd;

	if (quota == 0)
		return;
	top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(top, size_file,
	    O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && write(fd, line, (size_t)n) != n)
		unlinkat(top, size_file, 0);
	if (fd >= 0)
		close(fd);
	if (top >= 0)
		close(top);
}

#endif
