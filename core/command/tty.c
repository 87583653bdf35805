/*
 * verbena tty USER: be this user's virtual terminal (modules/vtty.c), until the
 * server ends it, or ^C does.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/command/command.h"
#include "core/process/settings.h"

static bool is_utf8;

static void
interrupted(int number)
{
	(void)number;
	_exit(EXIT_SUCCESS);
}

/* What the user's locale cannot show becomes '?'. */
static void
show(const char *line)
{
	for (; *line != '\0'; line++) {
		unsigned char c = (unsigned char)*line;

		if (c < 0x80 || is_utf8)
			putchar(c);
		else if ((c & 0xc0) == 0xc0)
			putchar('?');
	}
	fflush(stdout);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(to.sun_path)) {
		fprintf(stderr, "verbena: %s: name is too long\n", path);
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	fprintf(stderr, "verbena: %s: %s%s\n", path, strerror(errno),
	    errno == ENOENT ? " (does the server run, with this user in "
			      "vtty.users?)"
			    : "");
	return -1;
}

/* The first line says whether we are attached. */
static int
attach(FILE *from)
{
	char line[512] = "";

	if (fgets(line, sizeof(line), from) == NULL || line[0] != '+') {
		line[strcspn(line, "\n")] = '\0';
		fprintf(stderr, "verbena: not attached: %s\n",
		    line[0] == '-' ? line + 2 : "the server said nothing");
		return EXIT_FAILURE;
	}
	fprintf(stderr, "verbena: attached; ^C ends it\n");
	while (fgets(line, sizeof(line), from) != NULL)
		show(line);
	fprintf(stderr, "verbena: the server has ended it\n");
	return EXIT_FAILURE;
}

static const char *
socket_of(struct arena *arena, const char *file, const char *user)
{
	struct problems problems = { 0 };
	struct conf *conf = conf_read(file, &problems);
	struct top_conf top;

	problems_print(&problems, stderr);
	problems_finish(&problems);
	if (conf == NULL)
		return NULL;
	settings_read(conf, NULL, arena, &problems, &top);
	return arena_printf(arena, "%s/tty/%s", top.process.run_dir.name, user)
	    .p;
}

int
command_tty(const struct command_line *line)
{
	struct arena *arena;
	const char *path;
	FILE *from;
	int fd;

	if (line->argc != 2 || strchr(line->argv[1], '/') != NULL)
		return EXIT_USAGE;
	arena = arena_create();
	path = socket_of(arena, line->file, line->argv[1]);
	if (path == NULL || (fd = connect_to(path)) < 0)
		return EXIT_FAILURE;
	setlocale(LC_CTYPE, "");
	is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	from = fdopen(fd, "r");
	return from == NULL ? EXIT_FAILURE : attach(from);
}
