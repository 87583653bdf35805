/* verbena queue: what waits, and what the operator does about it. */
#include "core/command/queue.h"

#include <stdlib.h>
#include <string.h>

#include "core/command/ask.h"
#include "core/command/command.h"

/* Reads the disk, whether a server runs or not. */
static int
look(const struct place *place, const char *what)
{
	int code;

	if (!place_enter(place))
		return EXIT_FAILURE;
	if (what == NULL)
		code = queue_list(place);
	else if (queue_is_segment(what))
		code = queue_show_segment(place, what);
	else
		code = queue_show(place, what);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	perror("verbena: cannot write all of it");
	return EXIT_FAILURE;
}

static bool
is_id(const char *text)
{
	char path[PARKED_PATH_SIZE];

	if (parked_path(vb_str(text), path))
		return true;
	fprintf(stderr, "verbena: \"%s\" is no id of a message\n", text);
	return false;
}

static int
list(const struct place *place, char *const *words)
{
	(void)words;
	return look(place, NULL);
}

static int
show(const struct place *place, char *const *words)
{
	if (!queue_is_segment(words[2]) && !is_id(words[2]))
		return EXIT_FAILURE;
	return look(place, words[2]);
}

static int
flush(const struct place *place, char *const *words)
{
	int code = ask_server(place->run_dir, words, words[2] == NULL ? 2 : 3);

	return code < 0 ? ask_tell_none(place->run_dir) : code;
}

static int
change(const struct place *place, char *const *words)
{
	int code;

	if (!is_id(words[2]))
		return EXIT_FAILURE;
	code = ask_server(place->run_dir, words, 3);
	return code < 0 ? queue_offline(place, words[1], words[2]) : code;
}

static const struct {
	const char *name;
	int least, most; /* words behind it */
	int (*run)(const struct place *place, char *const *words);
} verbs[] = {
	{ "list", 0, 0, list },
	{ "show", 1, 1, show },
	{ "flush", 0, 1, flush },
	{ "hold", 1, 1, change },
	{ "release", 1, 1, change },
	{ "remove", 1, 1, change },
};

int
command_queue(const struct command_line *line)
{
	const char *verb = line->argc == 1 ? "list" : line->argv[1];
	int n = line->argc == 1 ? 0 : line->argc - 2;
	struct place place;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (n < verbs[i].least || n > verbs[i].most)
			return EXIT_USAGE;
		if (!place_read(line->file, &place))
			return EXIT_FAILURE;
		return verbs[i].run(&place, line->argv);
	}
	return EXIT_USAGE;
}
