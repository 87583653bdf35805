/* verbena check: every error of the configuration, with file and line. */
#include <stdio.h>
#include <stdlib.h>

#include "core/command/command.h"
#include "core/process/prepare.h"

/* As a server does before it starts. */
static bool
check(const char *file)
{
	static struct prepared prepared;
	const struct buffer *wrong = &prepared.checked.wrong;
	bool ok = prepare_check(&prepared, file);

	if (wrong->n > 0)
		fwrite(wrong->p, 1, wrong->n, stderr);
	return ok && wrong->n == 0;
}

int
command_check(const struct command_line *line)
{
	if (line->argc != 1)
		return EXIT_USAGE;
	return check(line->file) ? EXIT_SUCCESS : EXIT_FAILURE;
}
