/*
 * What a maildir holds, counted: all messages in it and its subfolders, but for
 * the Trash folder and what is marked as deleted.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_MAILDIR_COUNT_H
#define MODULES_MAILDIR_COUNT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What was counted, and when the directories last changed. */
struct tally {
	bool only_looks; /* at the times */
	uint64_t octets, messages;
	struct timespec newest;
};

static void
see_time(struct tally *t, const struct stat *st)
{
	const struct timespec *m = &st->st_mtim;

	if (m->tv_sec > t->newest.tv_sec ||
	    (m->tv_sec == t->newest.tv_sec && m->tv_nsec > t->newest.tv_nsec))
		t->newest = *m;
}

/* Flags are behind ":2,"; T is for what is to be removed. */
static bool
is_deleted(const char *name)
{
	const char *flags = strstr(name, ":2,");

	return flags != NULL && strchr(flags, 'T') != NULL;
}

/* The size that may be in a name, ",S=4096". */
static bool
size_in_name(const char *name, uint64_t *size)
{
	const char *s = strstr(name, ",S=");
	char *end;

	if (s == NULL || s[3] < '0' || s[3] > '9')
		return false;
	errno = 0;
	*size = strtoull(s + 3, &end, 10);
	return errno == 0 && (*end == '\0' || *end == ',' || *end == ':');
}

static void
count_message(struct tally *t, int dir, const char *name)
{
	struct stat st;
	uint64_t size;

	if (name[0] == '.' || is_deleted(name))
		return;
	if (!size_in_name(name, &size)) {
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			return; /* just gone, or none */
		size = (uint64_t)st.st_size;
	}
	if (size > INT64_MAX - t->octets)
		size = INT64_MAX - t->octets;
	t->octets += size;
	t->messages++;
}

/* A directory below `top`; one that is not there holds nothing. */
static DIR *
open_stream(int top, const char *path)
{
	const int fd = openat(
	    top, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd >= 0 && dir == NULL)
		close(fd);
	return dir;
}

static bool
count_directory(struct tally *t, int top, const char *path)
{
	DIR *dir = open_stream(top, path);
	const struct dirent *entry = NULL;
	struct stat st;
	int error;

	if (dir == NULL)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
	if (fstat(dirfd(dir), &st) == 0)
		see_time(t, &st);
	errno = 0;
	while (!t->only_looks && (entry = readdir(dir)) != NULL) {
		count_message(t, dirfd(dir), entry->d_name);
		errno = 0;
	}
	error = errno;
	closedir(dir);
	errno = error;
	return error == 0;
}

static bool
count_folder(struct tally *t, int top, const char *folder)
{
	static const char *const subs[] = { "new", "cur" };
	char path[NAME_MAX + 8];

	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, subs[i]);
		if (!count_directory(t, top, path))
			return false;
	}
	return true;
}

/* Subfolders are ".Name" in the maildir itself. */
static bool
is_folder(const char *name)
{
	return name[0] == '.' && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && strcmp(name, ".Trash") != 0;
}

static bool
tally_count(struct tally *t, int top)
{
	DIR *dir = open_stream(top, ".");
	const struct dirent *entry;
	bool ok;
	int error;

	if (dir == NULL)
		return false;
	ok = count_folder(t, top, ".");
	while (ok) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (is_folder(entry->d_name))
			ok = count_folder(t, top, entry->d_name);
	}
	error = errno;
	closedir(dir);
	errno = error;
	return ok && error == 0;
}

#endif
