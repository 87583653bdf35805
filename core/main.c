/*
 * verbena: one binary, many roles.
 *
 *	verbena [-c FILE] COMMAND	see core/command
 *	verbena @ROLE ...		executed by the master, see core/process
 */
#include "core/command/command.h"
#include "core/process/roles.h"

int
main(int argc, char **argv)
{
	int code = role_run(argc, argv);

	return code >= 0 ? code : command_run(argc, argv);
}
