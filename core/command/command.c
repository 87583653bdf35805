/* The command line: which subcommands there are. */
#include "core/command/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef VERBENA_VERSION
#define VERBENA_VERSION "0.1"
#endif
#ifndef VERBENA_SYSCONFDIR
#define VERBENA_SYSCONFDIR "/etc"
#endif

static const struct {
	const char *name, *arguments, *about;
	int (*run)(const struct command_line *line);
} commands[] = {
	{ "run", "", "serve, in the foreground", command_serve },
	{ "check", "", "print every error of the configuration",
	    command_check },
	{ "modules", "", "what is loadable and loaded", command_modules },
	{ "options", "[MODULE]", "the reference manual of all settings",
	    command_options },
	{ "verbs", "[WHO]", "the verbs that a client would meet, and why",
	    command_verbs },
	{ "explain", "WHAT [WHO]", "who is asked about a verb or an address",
	    command_explain },
	{ "status", "", "what the server that runs is doing", command_control },
	{ "stop", "", "have it stop now, and wait until it has",
	    command_control },
	{ "quit", "", "have it finish its sessions, and wait until it has",
	    command_control },
	{ "reload", "", "not possible yet: stop it, and run it again",
	    command_control },
	{ "queue", "[list]", "all messages that are not delivered yet",
	    command_queue },
	{ "queue", "show ID", "one of them, and what became of it",
	    command_queue },
	{ "queue", "show SEGMENT", "the records of a segment of the journal",
	    command_queue },
	{ "queue", "flush [DOMAIN]", "try now what waits, for a domain or all",
	    command_queue },
	{ "queue", "hold ID", "try it no more, until it is released",
	    command_queue },
	{ "queue", "release ID", "try it again, now", command_queue },
	{ "queue", "remove ID", "forget it; nobody is told", command_queue },
	{ "tty", "USER", "be this user's virtual terminal", command_tty },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void
usage(FILE *to)
{
	fprintf(to, "usage: verbena [-c FILE] COMMAND\n"
		    "       verbena -V | --version | -h | --help\n\n");
	for (int i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-7s %-14s  %s\n", commands[i].name,
		    commands[i].arguments, commands[i].about);
	fprintf(to,
	    "\nFILE is %s/verbena.conf unless -c names another.\n"
	    "WHO is [--site SITE] [--from ADDRESS|unix] [--as USER].\n"
	    "While it runs: SIGTERM stop now, SIGQUIT finish sessions, SIGUSR1 "
	    "open the log again.\n"
	    "Exit codes: 0 done, 1 refused or failed, 2 usage.\n",
	    VERBENA_SYSCONFDIR);
}

/* -V and -h, in their long forms too. -1: neither. */
static int
answer_question(int argc, char **argv)
{
	if (argc != 2)
		return -1;
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("verbena %s\n", VERBENA_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	return -1;
}

static int
run_named(const struct command_line *line)
{
	if (line->argc == 0)
		return EXIT_USAGE;
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, line->argv[0]) == 0)
			return commands[i].run(line);
	fprintf(stderr, "verbena: there is no command \"%s\"\n", line->argv[0]);
	return EXIT_USAGE;
}

int
command_run(int argc, char **argv)
{
	struct command_line line = { VERBENA_SYSCONFDIR "/verbena.conf", 0,
		NULL };
	int code = answer_question(argc, argv);
	int option;

	if (code >= 0)
		return code;
	while ((option = getopt(argc, argv, "+c:")) != -1) {
		if (option != 'c') {
			usage(stderr);
			return EXIT_USAGE;
		}
		line.file = optarg;
	}
	line.argc = argc - optind;
	line.argv = argv + optind;
	code = run_named(&line);
	if (code == EXIT_USAGE)
		usage(stderr);
	return code;
}
