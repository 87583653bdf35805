/*
 * Files of aliases as they were last read, in this process: taken apart, and
 * read again when they have changed. What is wrong with them is told when they
 * are read.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_ALIAS_TABLE_H
#define MODULES_ALIAS_TABLE_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/check.h>
#include <verbena/lookup.h>

#include "alias_file.h"
#include "alias_loops.h"

enum { LARGEST = 16 << 20, FILES = 64 };

/* The file that need not be there: on many machines it is not. */
#define THE_FILE "/etc/aliases"

/* Who is told what is wrong: the log, by the query that found it, or whoever
   checks the settings. */
struct hearer {
	struct vb_query *query;
	struct vb_check *check;
};

/* A text that was read. */
struct text {
	char *p;
	size_t n;
};

/* Reads a plain file that nobody but its owner and group may write. NULL, or
   why it was not read. */
static const char *
read_file(const char *path, struct text *text, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	const char *wrong = NULL;
	ssize_t n = 0;

	*text = (struct text){ 0 };
	if (fd < 0 || fstat(fd, st) != 0)
		wrong = strerror(errno);
	else if (!S_ISREG(st->st_mode))
		wrong = "is not a plain file";
	else if ((st->st_mode & S_IWOTH) != 0)
		wrong = "may be written by everyone";
	else if (st->st_size > LARGEST)
		wrong = "is too large";
	else if ((text->p = calloc(1, (size_t)st->st_size + 1)) == NULL)
		wrong = strerror(errno);
	while (wrong == NULL && text->n < (size_t)st->st_size) {
		n = read(fd, text->p + text->n, (size_t)st->st_size - text->n);
		if (n <= 0)
			break;
		text->n += (size_t)n;
	}
	if (wrong == NULL && n < 0)
		wrong = strerror(errno);
	if (fd >= 0)
		close(fd);
	return wrong;
}

/* A file as it was when it was last read. */
struct file {
	char *path;
	struct stat st; /* what it was by then; zero when it was not read */
	struct text text;
	struct alias_entry *entries;
	size_t n, room;
	bool has_nameless; /* an entry whose name is unknown: empty */
	bool is_unread;    /* it could not be read; that was told */
};

static struct file files[FILES]; /* of this process */

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static const char *
find_wrong_member(struct vb_str members)
{
	struct alias_member m;

	while (alias_member_next(&members, false, &m)) {
		if (m.kind == ALIAS_WRONG)
			return "has a member that is no address";
		if (m.kind == ALIAS_INCLUDE && m.text.p[0] != '/')
			return "includes a file whose path does not begin with "
			       "\"/\"";
	}
	return NULL;
}

static bool
append(struct file *f, const struct alias_entry *e)
{
	struct alias_entry *more;

	if (f->n == f->room) {
		f->room = f->room == 0 ? 64 : f->room * 2;
		more = realloc(f->entries, f->room * sizeof(*more));
		if (more == NULL)
			return false;
		f->entries = more;
	}
	f->entries[f->n++] = *e;
	return true;
}

static int
by_line(const void *left, const void *right)
{
	const struct alias_entry *a = left, *b = right;

	return a->line - b->line;
}

/* Those that are sorted by name, so that the same names are side by side. */
static void
find_doubles(struct alias_entry *entries, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (entries[i].name.n > 0 &&
		    vb_str_ieq(entries[i - 1].name, entries[i].name))
			entries[i - 1].wrong = entries[i].wrong =
			    "is there twice";
}

static void
tell(const struct hearer *to, const struct file *f, const struct alias_entry *e)
{
	const char *colon = e->name.n > 0 ? ": " : "";

	if (to->check != NULL)
		vb_wrong(to->check, f->path, e->line, "%.*s%s%s",
		    VB_FMT(e->name), colon, e->wrong);
	else
		vb_query_log(to->query, VB_ERROR, "bad-alias",
		    "%s:%d: %.*s%s%s", f->path, e->line, VB_FMT(e->name), colon,
		    e->wrong);
}

/* Takes the text apart, and tells what is wrong with it. */
static bool
parse(struct file *f, const struct hearer *to)
{
	struct alias_text text = { { f->text.p, f->text.n }, 1 };
	struct alias_entry e;

	f->n = 0;
	f->has_nameless = false;
	while (alias_next(&text, &e)) {
		if (e.wrong == NULL)
			e.wrong = find_wrong_member(e.members);
		if (!append(f, &e))
			return false;
		f->has_nameless = f->has_nameless || e.name.n == 0;
	}
	if (f->n == 0)
		return true;
	qsort(f->entries, f->n, sizeof(*f->entries), alias_by_name);
	find_doubles(f->entries, f->n);
	alias_find_loops(f->entries, f->n);
	qsort(f->entries, f->n, sizeof(*f->entries), by_line);
	for (size_t i = 0; i < f->n; i++)
		if (f->entries[i].wrong != NULL)
			tell(to, f, &f->entries[i]);
	return true;
}

/* The file of that path, in the state it was last read; NULL: there are too
   many. */
static struct file *
file_of(struct vb_str path)
{
	size_t i = 0;

	while (i < FILES && files[i].path != NULL &&
	       !vb_str_eq(vb_str(files[i].path), path))
		i++;
	if (i == FILES)
		return NULL;
	if (files[i].path == NULL)
		files[i].path = strndup(path.p, path.n);
	return files[i].path == NULL ? NULL : &files[i];
}

static void
forget(struct file *f)
{
	free(f->text.p);
	f->text = (struct text){ 0 };
	f->st = (struct stat){ 0 };
	f->n = 0;
	f->has_nameless = false;
}

static void
tell_unread(const struct hearer *to, const struct file *f, const char *wrong)
{
	if (to->check != NULL)
		vb_wrong(to->check, f->path, 0, "%s", wrong);
	else
		vb_query_log(to->query, VB_ERROR, "bad-aliases", "%s: %s",
		    f->path, wrong);
}

/* A file that need not be there is as if it were empty. */
static bool
may_be_absent(const struct file *f)
{
	return strcmp(f->path, THE_FILE) == 0 && access(f->path, F_OK) != 0 &&
	       errno == ENOENT;
}

/* The file as it is now, read again where it has changed. NULL: it cannot be
   read, which is told once. */
static const struct file *
load(const struct hearer *to, struct vb_str path)
{
	struct file *f = file_of(path);
	const char *wrong = NULL;
	struct stat st;

	if (f == NULL)
		return NULL;
	if (stat(f->path, &st) == 0 && f->text.p != NULL &&
	    is_same(&st, &f->st))
		return f;
	forget(f);
	wrong = read_file(f->path, &f->text, &f->st);
	if (wrong == NULL && !parse(f, to))
		wrong = strerror(errno);
	if (wrong == NULL || may_be_absent(f)) {
		f->is_unread = false;
		return f;
	}
	if (!f->is_unread)
		tell_unread(to, f, wrong);
	f->is_unread = true;
	forget(f);
	return NULL;
}

#endif
