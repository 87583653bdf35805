/* verbena check: every error of the configuration, with file and line. */
#include "core/command/command.h"
#include "core/process/master.h"

int
command_check(const struct command_line *line)
{
	return line->argc == 1 ? master_check(line->file) : EXIT_USAGE;
}
