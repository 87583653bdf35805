/*
 * verbena modules: what is loadable and loaded.
 *
 * Every file in module_dir is told by its ELF note, none of it is run; of those
 * that the configuration names, and which are fit, the tables are read as well.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/command/command.h"
#include "core/command/manual.h"
#include "core/module/where.h"
#include "core/process/generation.h"

static void
print_tables(const struct module *m)
{
	const struct vb_verb *verb = m->is.verbs;
	const struct vb_hook *hook = m->is.hooks;

	printf("    %s\n", m->is.about == NULL ? "" : m->is.about);
	if (verb != NULL && verb->size != 0) {
		printf("    verbs:");
		for (; verb->size != 0; verb++)
			printf(" %s", verb->name);
		printf("\n");
	}
	if (hook != NULL && hook->size != 0) {
		printf("    points:");
		for (; hook->size != 0; hook++)
			printf(" %s", where_point(hook->point));
		printf("\n");
	}
	if (m->is.lookup != NULL || m->is.deliver != NULL ||
	    m->is.terminals != NULL)
		printf("    services:%s%s%s\n",
		    m->is.lookup == NULL   ? ""
		    : m->is.lookup->blocks ? " lookup (in a courier)"
					   : " lookup",
		    m->is.deliver == NULL ? "" : " deliver",
		    m->is.terminals == NULL ? "" : " terminals");
}

static void
print_loaded(const struct module *m)
{
	printf("%s %s  interface %u.%u  loaded from %s\n", m->name,
	    m->note.version, m->note.major, m->note.minor, m->path);
	print_tables(m);
}

static bool
is_loaded(const struct modules *modules, const char *file)
{
	size_t n = strlen(file);

	if (n < 3 || strcmp(file + n - 3, ".so") != 0)
		return true; /* no module, nothing to tell of */
	return modules_find(modules, (struct vb_str){ file, n - 3 }) != NULL;
}

static void
print_loadable(const char *dir, const char *file)
{
	char path[4096], why[256];
	struct note note;
	const char *wrong;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	wrong = note_check(path, &note, why, sizeof(why));
	if (wrong == NULL)
		printf("%s %s  interface %u.%u  loadable\n", note.name,
		    note.version, note.major, note.minor);
	else
		printf("%s  unfit: %s\n", file, wrong);
}

static void
print_directory(const char *dir, const struct modules *modules)
{
	struct dirent **files;
	int n = scandir(dir, &files, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (!is_loaded(modules, files[i]->d_name))
			print_loadable(dir, files[i]->d_name);
		free(files[i]);
	}
	if (n >= 0)
		free(files);
}

int
command_modules(const struct command_line *line)
{
	struct modules modules;
	const char *dir;
	bool ok;

	if (line->argc != 1)
		return EXIT_USAGE;
	ok = manual_load(line->file, &modules, &dir);
	for (size_t i = 0; i < modules.n; i++)
		print_loaded(&modules.items[i]);
	if (dir != NULL)
		print_directory(dir, &modules);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
