/* Loading modules only to read their tables. */
#include "core/command/manual.h"

#include <stdio.h>
#include <unistd.h>

#include "core/io/process.h"
#include "core/process/generation.h"

bool
manual_load(const char *file, struct modules *modules, const char **dir)
{
	struct problems problems = { 0 };
	struct arena *arena = arena_create();
	struct conf *conf = conf_read(file, &problems);
	struct top_conf top;
	struct account account;
	char name[64];

	*modules = (struct modules){ 0 };
	*dir = NULL;
	if (conf != NULL) {
		settings_read(conf, NULL, arena, &problems, &top);
		*dir = top.process.module_dir.name;
		snprintf(name, sizeof(name), "%.*s", VB_FMT(top.process.user));
		if (geteuid() != 0 ||
		    (account_find(name, &account) && account.uid != 0 &&
			process_become(&account)))
			*modules = generation_modules(
			    conf, &top, arena, &problems);
		else
			problems_add(&problems, file, 0,
			    "user: cannot become \"%s\"", name);
	}
	problems_print(&problems, stderr);
	return problems.n == 0;
}
