/* What is open while a batch lasts. */
#include "core/mail/opened.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct opened_one {
	struct map_node by_path;
	int fd;
	struct opened_one *next;
};

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
keep(struct opened *o, struct map *map, struct arena *arena, struct vb_str path,
    int fd)
{
	struct opened_one *one;

	if (fd < 0)
		return -1;
	one = arena_alloc(arena, sizeof(*one));
	one->fd = fd;
	one->next = o->first;
	o->first = one;
	map_add(map, &one->by_path, arena_copy(arena, path));
	return fd;
}

static int
find(const struct map *map, struct vb_str path)
{
	const struct opened_one *one = (const void *)map_find(map, path);

	return one != NULL ? one->fd : -1;
}

/* Cuts the last name off a path, with the slashes before it. */
static struct vb_str
take_name(struct vb_str *path)
{
	struct vb_str name = { path->p + path->n, 0 };

	while (path->n > 0 && path->p[path->n - 1] != '/') {
		path->n--;
		name.p--;
		name.n++;
	}
	while (path->n > 0 && path->p[path->n - 1] == '/')
		path->n--;
	return name;
}

/* The path has no slash at its end; empty is where all begins. */
static int
directory(
    struct opened *o, struct arena *arena, struct vb_str path, const char *root)
{
	int fd = find(&o->directories, path), parent;
	struct vb_str above = path, name;

	if (fd >= 0)
		return fd;
	if (path.n == 0)
		return keep(o, &o->directories, arena, path,
		    open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	name = take_name(&above);
	parent = directory(o, arena, above, root);
	if (parent < 0)
		return -1;
	return keep(o, &o->directories, arena, path,
	    open_step(parent, arena_string(arena, name)));
}

int
opened_directory(struct opened *o, struct arena *arena, const char *path)
{
	struct vb_str all = vb_str(path);

	while (all.n > 0 && all.p[all.n - 1] == '/')
		all.n--;
	return directory(o, arena, all, path[0] == '/' ? "/" : ".");
}

int
opened_file(struct opened *o, struct arena *arena, const char *path)
{
	int fd = find(&o->files, vb_str(path));

	if (fd >= 0)
		return fd;
	return keep(o, &o->files, arena, vb_str(path),
	    open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

void
opened_lend(struct opened *o, struct arena *arena, struct vb_str name, int fd)
{
	struct map_node *before = map_find(&o->lent, name);

	if (before != NULL)
		map_remove(&o->lent, before);
	keep(o, &o->lent, arena, name, fd);
}

int
opened_borrow(const struct opened *o, struct vb_str name)
{
	return find(&o->lent, name);
}

void
opened_close(struct opened *o)
{
	for (struct opened_one *one = o->first; one != NULL; one = one->next)
		close(one->fd);
	map_finish(&o->files);
	map_finish(&o->directories);
	map_finish(&o->lent);
	o->first = NULL;
}
