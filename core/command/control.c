/* verbena stop, quit, status, reload: what the server that runs is asked. */
#include <stdlib.h>

#include "core/command/ask.h"
#include "core/command/command.h"
#include "core/command/place.h"

int
command_control(const struct command_line *line)
{
	struct place place;
	int code;

	if (line->argc != 1)
		return EXIT_USAGE;
	if (!place_read(line->file, &place))
		return EXIT_FAILURE;
	code = ask_server(place.run_dir, line->argv, 1);
	return code < 0 ? ask_tell_none(place.run_dir) : code;
}
