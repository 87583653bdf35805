#ifndef CORE_MODULE_LOADER_H
#define CORE_MODULE_LOADER_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/base/problems.h"
#include "core/module/note.h"

/*
 * A module in this process. Its tables are copies with rows of the size this
 * core knows, whatever version the module was built against: they may be walked
 * with ++ and end with a row whose size is 0.
 */
struct module {
	const char *name;
	const char *path;
	struct note note;
	const char *file; /* where the configuration names it */
	int line;
	unsigned index; /* its place in `modules` */
	struct vb_module is;
};

struct modules {
	const struct module *items;
	size_t n;
};

/* A module that the configuration names: "vrfy", or a path with a slash. */
struct module_name {
	struct vb_str name;
	const char *file;
	int line;
};

/*
 * Loads modules. First every file is checked and every unfit one told,
 * executing none; when all are fit they are dlopened (RTLD_NOW | RTLD_LOCAL) in
 * this order and given the table of functions. A name without a slash is
 * DIR/NAME.so. Naming one twice is a problem. What is loaded stays for the life
 * of the process; everything else is in the arena.
 *
 * Empty, with the reasons in problems, when anything is wrong.
 */
struct modules modules_load(const struct module_name *names, size_t n,
    const char *dir, const struct vb_core *core, struct arena *arena,
    struct problems *problems);

/* The module of that name, or NULL. */
const struct module *modules_find(
    const struct modules *modules, struct vb_str name);

#endif
