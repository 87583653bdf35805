/* Segments of the journal, listed; and put right, as after a crash. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mail/segment_file.h"

/* A free one of that name needs nothing. It is not even locked: somebody might
   be about to claim it. */
static bool
is_free(int fd, const char *name)
{
	uint64_t incarnation;
	struct stat st;

	return segment_says_free(name) && segment_read_head(fd, &incarnation) &&
	       incarnation == 0 && fstat(fd, &st) == 0 &&
	       st.st_size == SEGMENT_SIZE;
}

/* One that was freed bears the wrong name, or was never whole. */
static void
put_right_unused(int dir, const char *name, int fd, bool is_ours)
{
	char right[SEGMENT_NAME];
	struct stat st;

	if (!is_ours || fstat(fd, &st) != 0 || st.st_size != SEGMENT_SIZE) {
		unlinkat(dir, name, 0);
		return;
	}
	snprintf(right, sizeof(right), "%s%.16s", SEGMENT_FREE, name);
	(void)renameat(dir, name, dir, right);
}

/* What somebody is at work on, by its lock, is left as it is. The lock goes
   before `each` is called, which asks who else has it. What cannot be read may
   have messages: false and errno. */
static bool
put_right(int dir, const char *name, int fd, void (*each)(void *, uint64_t),
    void *data)
{
	char right[SEGMENT_NAME];
	uint64_t incarnation = 0;
	bool is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
	bool is_ours = segment_read_head(fd, &incarnation);

	if (!is_ours && errno != 0)
		return false;
	segment_name(incarnation, right);
	if (!is_ours || incarnation == 0) {
		if (is_locked)
			put_right_unused(dir, name, fd, is_ours);
		return true;
	}
	if (is_locked && strcmp(name, right) != 0)
		(void)renameat(dir, name, dir, right);
	if (is_locked)
		flock(fd, LOCK_UN);
	each(data, incarnation);
	return true;
}

/* 0, or an errno value when it may be a segment and cannot be read. */
static int
look_at(int dir, const char *name, void (*each)(void *, uint64_t), void *data)
{
	int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int error = 0;

	if (fd < 0)
		return errno == ENOENT || errno == EISDIR ? 0 : errno;
	if (!is_free(fd, name) && !put_right(dir, name, fd, each, data))
		error = errno;
	close(fd);
	return error;
}

bool
segments_list(
    int dir, void (*each)(void *data, uint64_t incarnation), void *data)
{
	const struct dirent *entry;
	DIR *list = segments_open(dir);
	int error = 0, one;

	if (list == NULL)
		return false;
	while (errno = 0, (entry = readdir(list)) != NULL) {
		one = entry->d_name[0] == '.'
		          ? 0
		          : look_at(dir, entry->d_name, each, data);
		error = one != 0 ? one : error;
	}
	error = errno != 0 ? errno : error;
	closedir(list);
	errno = error;
	return error == 0;
}
