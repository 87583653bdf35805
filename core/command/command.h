#ifndef CORE_COMMAND_COMMAND_H
#define CORE_COMMAND_COMMAND_H

/* The command line, one file for each subcommand. */

enum { EXIT_USAGE = 2 };

/* What a subcommand is given: the file of -c, and its own arguments. */
struct command_line {
	const char *file;
	int argc;
	char **argv; /* argv[0] is the subcommand */
};

/* Exit codes: 0 done, 1 refused or failed, 2 usage. */
int command_run(int argc, char **argv);

int command_serve(const struct command_line *line);
int command_check(const struct command_line *line);
int command_options(const struct command_line *line);
int command_modules(const struct command_line *line);
int command_verbs(const struct command_line *line);
int command_tty(const struct command_line *line);
int command_explain(const struct command_line *line);
int command_queue(const struct command_line *line);

/* stop, quit, status, reload */
int command_control(const struct command_line *line);

#endif
