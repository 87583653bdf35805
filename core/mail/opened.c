/* What is open while a batch lasts. */
#include "core/mail/opened.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens one directory within another, and makes it durable when it is new. */
static int
open_step(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
		return -1;
	if (fsync(parent) != 0)
		return -1;
	return openat(parent, name, flags);
}

static int
open_path(struct arena *arena, const char *path)
{
	char *rest = arena_string(arena, vb_str(path)), *name;
	int fd = open(
	    path[0] == '/' ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int next;

	while (fd >= 0 && (name = strtok_r(rest, "/", &rest)) != NULL) {
		next = open_step(fd, name);
		close(fd);
		fd = next;
	}
	return fd;
}

static const struct opened *
find(const struct opened *first, const char *path)
{
	while (first != NULL && strcmp(first->path, path) != 0)
		first = first->next;
	return first;
}

static int
keep(struct opened **first, struct arena *arena, const char *path, int fd)
{
	struct opened *o;

	if (fd < 0)
		return -1;
	o = arena_alloc(arena, sizeof(*o));
	o->path = arena_string(arena, vb_str(path));
	o->fd = fd;
	o->next = *first;
	*first = o;
	return fd;
}

int
opened_directory(struct opened **first, struct arena *arena, const char *path)
{
	const struct opened *o = find(*first, path);

	return o != NULL ? o->fd
	                 : keep(first, arena, path, open_path(arena, path));
}

int
opened_file(struct opened **first, struct arena *arena, const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW;
	const struct opened *o = find(*first, path);

	return o != NULL ? o->fd : keep(first, arena, path, open(path, flags));
}

void
opened_close(const struct opened *first)
{
	for (; first != NULL; first = first->next)
		close(first->fd);
}
