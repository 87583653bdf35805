/* Files and mailboxes of the server under test. */
#define _GNU_SOURCE /* ST_NOEXEC */
#include "tests/dialogue/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/base/memory.h"
#include "tests/dialogue/text.h"

/* In memory, where it has room for some servers and runs what they load:
   transcripts say nothing of disks. */
static const char *
temporary_top(void)
{
	enum { ENOUGH = 1 << 30 };
	static const char memory[] = "/dev/shm";
	const char *top = getenv("TMPDIR");
	struct statvfs is;

	if (top != NULL)
		return top;
	if (statvfs(memory, &is) == 0 && (is.f_flag & ST_NOEXEC) == 0 &&
	    is.f_bavail * is.f_frsize >= ENOUGH)
		return memory;
	return "/tmp";
}

char *
files_temporary(void)
{
	struct buffer name = { 0 };

	buffer_printf(&name, "%s/verbena-dialogue-XXXXXX", temporary_top());
	buffer_add(&name, "", 1);
	if (mkdtemp(name.p) == NULL || chmod(name.p, 0755) != 0) {
		perror(name.p);
		abort();
	}
	return name.p;
}

static int
open_directory(const char *name)
{
	return open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool
files_open_to_all(const char *directory, const char *name)
{
	int at = open_directory(directory);
	bool done = at >= 0 && mkdirat(at, name, 0777) == 0 &&
	            fchmodat(at, name, 0777, 0) == 0;

	if (at >= 0)
		close(at);
	return done;
}

bool
files_read(int at, const char *name, struct buffer *to)
{
	enum { STEP = 65536 };
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while ((n = read(fd, buffer_room(to, STEP), STEP)) > 0)
		to->n += (size_t)n;
	close(fd);
	return n == 0;
}

bool
files_read_in(const char *directory, const char *name, struct buffer *to)
{
	int at = open_directory(directory);
	bool done = at >= 0 && files_read(at, name, to);

	if (at >= 0)
		close(at);
	return done;
}

bool
files_write(const char *directory, const char *name, struct vb_str text)
{
	int at = open_directory(directory);
	int fd = openat(
	    at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool done = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;

	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
	return done;
}

bool
files_remove_in(const char *directory, struct vb_str name)
{
	struct buffer path = { 0 };
	bool done;

	buffer_printf(&path, "%s/%.*s", directory, VB_FMT(name));
	buffer_add(&path, "", 1);
	done = unlink(path.p) == 0;
	buffer_finish(&path);
	return done;
}

/* What to do with each file below a directory. */
struct walk {
	void (*file)(int at, const char *name, struct walk *w);
	bool only_mail;     /* only files in new/ and cur/ */
	bool remove_empty;  /* directories, on the way back */
	struct vb_str text; /* the pattern of what to count */
	struct buffer *to;  /* where to show */
	size_t count;
};

static bool
is_mail(const char *directory)
{
	return strcmp(directory, "new") == 0 || strcmp(directory, "cur") == 0;
}

static void
walk_below(int at, const char *name, struct walk *w)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		struct stat is;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    fstatat(fd, entry->d_name, &is, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(is.st_mode))
			walk_below(fd, entry->d_name, w);
		else if (!w->only_mail || is_mail(name))
			w->file(fd, entry->d_name, w);
	}
	closedir(directory);
	if (w->remove_empty)
		unlinkat(at, name, AT_REMOVEDIR);
}

static void
remove_file(int at, const char *name, struct walk *w)
{
	(void)w;
	unlinkat(at, name, 0);
}

static void
count_file(int at, const char *name, struct walk *w)
{
	struct buffer message = { 0 };

	if (files_read(at, name, &message) &&
	    text_matches(w->text, buffer_str(&message)))
		w->count++;
	buffer_finish(&message);
}

static void
show_file(int at, const char *name, struct walk *w)
{
	if (w->count++ == 0)
		files_read(at, name, w->to);
}

void
files_remove(const char *directory)
{
	struct walk w = { .file = remove_file, .remove_empty = true };

	walk_below(AT_FDCWD, directory, &w);
}

void
mailboxes_empty(const char *directory)
{
	struct walk w = { .file = remove_file, .only_mail = true };

	walk_below(AT_FDCWD, directory, &w);
}

size_t
mailbox_count(const char *maildir, struct vb_str text)
{
	struct buffer pattern = { 0 };
	struct walk w = { .file = count_file, .only_mail = true };

	buffer_printf(&pattern, "*%.*s*", VB_FMT(text));
	w.text = buffer_str(&pattern);
	walk_below(AT_FDCWD, maildir, &w);
	buffer_finish(&pattern);
	return w.count;
}

void
mailbox_show(const char *maildir, struct buffer *to)
{
	struct walk w = { .file = show_file, .only_mail = true, .to = to };

	walk_below(AT_FDCWD, maildir, &w);
}
