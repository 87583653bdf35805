/* Syncing many files at once. */
#define _GNU_SOURCE /* syncfs */
#include "core/mail/syncs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sync_fs *
find(struct syncs *s, dev_t device)
{
	size_t i = 0;

	while (i < s->n && s->fs[i].device != device)
		i++;
	if (i == SYNCS_FILE_SYSTEMS)
		return NULL;
	if (i == s->n)
		s->fs[s->n++] = (struct sync_fs){ .device = device };
	return &s->fs[i];
}

static bool
has(const struct sync_fs *fs, ino_t inode)
{
	for (size_t i = 0; i < fs->n && i < SYNCS_SINGLY; i++)
		if (fs->inodes[i] == inode)
			return true;
	return false;
}

bool
syncs_add(struct syncs *s, int fd, dev_t *device)
{
	struct sync_fs *fs;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	*device = st.st_dev;
	fs = find(s, st.st_dev);
	if (fs == NULL) {
		errno = EMFILE;
		return false;
	}
	if (has(fs, st.st_ino))
		return true;
	if (fs->n < SYNCS_SINGLY) {
		fs->fds[fs->n] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fs->fds[fs->n] < 0)
			return false;
		fs->inodes[fs->n] = st.st_ino;
	}
	fs->n++;
	return true;
}

static void
run(struct sync_fs *fs)
{
	size_t n = fs->n < SYNCS_SINGLY ? fs->n : SYNCS_SINGLY;

	fs->error = 0;
	if (fs->n > n && syncfs(fs->fds[0]) != 0)
		fs->error = errno;
	for (size_t i = 0; i < n; i++) {
		if (fs->n <= SYNCS_SINGLY && fsync(fs->fds[i]) != 0)
			fs->error = errno;
		close(fs->fds[i]);
	}
	fs->n = 0;
}

int
syncs_run(struct syncs *s)
{
	int error = 0;

	for (size_t i = 0; i < s->n; i++) {
		run(&s->fs[i]);
		if (s->fs[i].error != 0)
			error = s->fs[i].error;
	}
	return error;
}

int
syncs_error(const struct syncs *s, dev_t device)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->fs[i].device == device)
			return s->fs[i].error;
	return 0;
}
