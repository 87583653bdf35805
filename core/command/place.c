/* Where a server's files are. */
#include "core/command/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/io/conf.h"
#include "core/io/process.h"
#include "core/process/settings.h"

bool
place_read(const char *file, struct place *place)
{
	struct problems problems = { 0 };
	struct conf *conf = conf_read(file, &problems);
	struct top_conf top;
	bool ok;

	*place = (struct place){ .arena = arena_create() };
	if (conf != NULL) {
		settings_read(conf, NULL, place->arena, &problems, &top);
		place->run_dir = top.process.run_dir.name;
		place->state_dir = top.process.state_dir.name;
		place->user = arena_string(place->arena, top.process.user);
	}
	problems_print(&problems, stderr);
	ok = conf != NULL && problems.n == 0;
	problems_finish(&problems);
	return ok;
}

bool
place_enter(const struct place *place)
{
	struct account account;

	if (geteuid() != 0)
		return true;
	if (account_find(place->user, &account) && process_become(&account))
		return true;
	fprintf(stderr, "verbena: cannot become \"%s\"\n", place->user);
	return false;
}

int
place_open(const struct place *place, const char *name)
{
	const char *path =
	    arena_printf(place->arena, "%s/%s", place->state_dir, name).p;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "verbena: cannot open %s: %s\n", path,
		    strerror(errno));
	return fd;
}
