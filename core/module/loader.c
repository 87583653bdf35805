/*
 * Loads modules: judges all files first, and runs code of none while one is
 * unfit; then opens them, copies their tables and judges these.
 *
 * All that is wrong is told at once, each with the file and line of the
 * configuration that names the module.
 */
#include "core/module/loader.h"

#include <dlfcn.h>
#include <string.h>

#include "core/module/fault.h"
#include "core/module/rules.h"
#include "core/module/tables.h"

/* The text of note_check() that is not static. */
enum { WHY_SIZE = 256 };

static const char *
path_of(struct vb_str name, const char *dir, struct arena *arena)
{
	if (name.n > 0 && memchr(name.p, '/', name.n) != NULL)
		return arena_string(arena, name);
	/* Without a slash dlopen() would search the system's libraries. */
	if (*dir == '\0')
		dir = ".";
	return arena_printf(arena, "%s/%.*s.so", dir, VB_FMT(name)).p;
}

/* "modules/vrfy.so" is called vrfy; its note must agree. */
static const char *
name_of(const char *path, struct arena *arena)
{
	struct vb_str base = vb_str(strrchr(path, '/') + 1);

	if (base.n > 3 && strcmp(base.p + base.n - 3, ".so") == 0)
		base.n -= 3;
	return arena_string(arena, base);
}

static struct module *
list_modules(const struct module_name *names, size_t n, const char *dir,
    struct arena *arena)
{
	struct module *items = arena_alloc(arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		struct module *m = &items[i];

		m->path = path_of(names[i].name, dir, arena);
		m->name = name_of(m->path, arena);
		m->file = names[i].file;
		m->line = names[i].line;
		m->index = (unsigned)i;
	}
	return items;
}

static void
judge_file(struct module *m, struct faults *faults)
{
	char why[WHY_SIZE];
	const char *wrong = note_check(m->path, &m->note, why, sizeof(why));

	if (wrong != NULL)
		fault(faults, m, "%s", wrong);
}

static void
judge_twice(
    const struct modules *all, const struct module *m, struct faults *faults)
{
	const struct module *first = modules_find(all, vb_str(m->name));

	if (first != m)
		fault(faults, m, "is loaded already, by %s:%d", first->file,
		    first->line);
}

static void
load(struct module *m, const struct vb_core *core, struct arena *arena,
    struct faults *faults)
{
	void *object = dlopen(m->path, RTLD_NOW | RTLD_LOCAL);
	const struct vb_export *export;

	if (object == NULL) {
		fault(faults, m, "cannot be loaded: %s", dlerror());
		return;
	}
	export = dlsym(object, "vb_module");
	if (export == NULL) {
		fault(
		    faults, m, "exports no vb_module: end it with VB_MODULE()");
		return;
	}
	if (!tables_copy(export, m, arena, faults))
		return;
	*export->core = core;
	rules_judge(m, faults);
}

struct modules
modules_load(const struct module_name *names, size_t n, const char *dir,
    const struct vb_core *core, struct arena *arena, struct problems *problems)
{
	struct module *items = list_modules(names, n, dir, arena);
	struct modules all = { items, n };
	struct faults faults = { problems, 0 };

	for (size_t i = 0; i < n; i++) {
		judge_file(&items[i], &faults);
		judge_twice(&all, &items[i], &faults);
	}
	if (faults.n > 0)
		return (struct modules){ 0 };
	for (size_t i = 0; i < n; i++)
		load(&items[i], core, arena, &faults);
	if (faults.n == 0)
		rules_judge_owners(&all, &faults);
	return faults.n == 0 ? all : (struct modules){ 0 };
}

const struct module *
modules_find(const struct modules *modules, struct vb_str name)
{
	for (size_t i = 0; i < modules->n; i++)
		if (vb_str_eq(vb_str(modules->items[i].name), name))
			return &modules->items[i];
	return NULL;
}
