/* verbena run: serve, in the foreground. */
#include "core/command/command.h"
#include "core/process/master.h"

int
command_serve(const struct command_line *line)
{
	return line->argc == 1 ? master_run(line->file) : EXIT_USAGE;
}
