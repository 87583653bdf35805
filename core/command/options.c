/*
 * verbena options [MODULE]: the reference manual of all settings, or of one
 * module's, printed from the tables that implement them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/command/command.h"
#include "core/command/manual.h"
#include "core/module/options.h"
#include "core/process/settings.h"

static void
print_core(void)
{
	printf("At the top of the file:\n");
	options_manual("", process_options, stdout);
	printf("\nAt the top, in a site, or for clients; the nearest wins:\n");
	options_manual("", scope_options, stdout);
	printf("\nIn each group of `sites`:\n");
	options_manual("", site_options, stdout);
	printf("\nIn each group of a site's `clients`:\n");
	options_manual("", clients_options, stdout);
}

static void
print_module(const struct module *m)
{
	bool has_rows = m->is.options != NULL && m->is.options->size != 0;

	if (!has_rows && m->is.deliver == NULL)
		return;
	printf("\nIn the group `%s` (%s), at the top, in a site or for clients:"
	       "\n",
	    m->name, m->is.about == NULL ? "" : m->is.about);
	if (has_rows)
		options_manual(m->name, m->is.options, stdout);
	if (m->is.deliver != NULL)
		options_manual(m->name, delivery_options, stdout);
}

static bool
is_wanted(const struct command_line *line, const char *name)
{
	return line->argc == 1 || strcmp(line->argv[1], name) == 0;
}

int
command_options(const struct command_line *line)
{
	struct modules modules;
	const char *dir;
	bool found = line->argc == 1;

	if (line->argc > 2)
		return EXIT_USAGE;
	if (!manual_load(line->file, &modules, &dir) && line->argc == 2)
		return EXIT_FAILURE;
	if (line->argc == 1)
		print_core();
	for (size_t i = 0; i < modules.n; i++) {
		if (!is_wanted(line, modules.items[i].name))
			continue;
		found = true;
		print_module(&modules.items[i]);
	}
	if (!found)
		fprintf(stderr, "verbena: %s loads no module \"%s\"\n",
		    line->file, line->argv[1]);
	return found ? EXIT_SUCCESS : EXIT_FAILURE;
}
