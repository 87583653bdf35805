/*
 * Both ends of a pipe: the checker, and the master who hears it. What goes
 * through, once the configuration is judged:
 *
 *	verdict *( ">" module LF *( "!" what is wrong LF ) ) "." LF
 *
 * The end tells that no module ended the process, and the last name which one
 * did.
 */
#include "core/process/checker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/module/check.h"
#include "core/process/generation.h"
#include "core/process/roles.h"

enum { LONGEST_S = 30, MOST_HEARD = 8 << 20, CANNOT_EXEC = 127 };

/* Has it looked at the same settings in a scope before this one? */
static bool
was_asked(const struct sites *sites, size_t scope, const struct module *m)
{
	for (size_t i = 0; i < scope; i++)
		if (memcmp(sites->scopes[i]->module_conf[m->index],
			sites->scopes[scope]->module_conf[m->index],
			m->is.conf_size) == 0)
			return true;
	return false;
}

/* Calls the module once for all settings that are the same. */
static void
ask_module(
    const struct sites *sites, const struct module *m, struct vb_check *c)
{
	for (size_t i = 0; i < sites->n_scopes; i++) {
		if (was_asked(sites, i, m))
			continue;
		alarm(LONGEST_S);
		m->is.check(c, sites->scopes[i]->module_conf[m->index]);
		alarm(0);
	}
}

static void
ask_modules(const struct generation *g, FILE *to)
{
	struct problems problems = { 0 };
	struct vb_check c = { .problems = &problems };
	size_t told = 0;

	for (size_t i = 0; i < g->modules.n; i++) {
		if (g->modules.items[i].is.check == NULL)
			continue;
		fprintf(to, ">%s\n", g->modules.items[i].name);
		fflush(to);
		ask_module(g->sites, &g->modules.items[i], &c);
		for (; told < problems.n; told++) {
			fputc('!', to);
			problems_print(
			    &(struct problems){ &problems.items[told], 1 }, to);
		}
	}
	fputs(".\n", to);
	problems_finish(&problems);
}

static char
verdict_on(const struct generation *g)
{
	return (char)(VERDICT_GOOD |
		      (generation_needs_root(g) ? VERDICT_RECIPIENTS : 0) |
		      (generation_needs_terminals(g) ? VERDICT_TERMINALS : 0));
}

int
role_checker(void)
{
	struct problems problems = { 0 };
	struct conf *conf = conf_read_snapshot(FD_CONF, &problems);
	struct generation *g = NULL;
	FILE *to = fdopen(FD_CONTROL, "w");
	bool is_good;

	if (to == NULL)
		return EXIT_FAILURE;
	fcntl(FD_CONTROL, F_SETFD, FD_CLOEXEC);
	if (conf != NULL)
		g = generation_compile(conf, &problems);
	is_good = g != NULL && problems.n == 0;
	problems_print(&problems, stderr);
	problems_finish(&problems);
	fputc(is_good ? verdict_on(g) : VERDICT_BAD, to);
	if (g != NULL)
		ask_modules(g, to);
	generation_destroy(g);
	return fclose(to) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
hear(int from, struct buffer *said)
{
	static char octets[4096];
	ssize_t n;

	do {
		n = read(from, octets, sizeof(octets));
		if (n > 0)
			buffer_add(said, octets, (size_t)n);
	} while ((n > 0 && said->n < MOST_HEARD) || (n < 0 && errno == EINTR));
}

/* Takes the next line off the text. False: there is none, or but a part. */
static bool
take_line(struct vb_str *text, struct vb_str *line)
{
	const char *end = text->n == 0 ? NULL : memchr(text->p, '\n', text->n);

	if (end == NULL)
		return false;
	*line = (struct vb_str){ text->p, (size_t)(end - text->p) };
	text->p = end + 1;
	text->n -= line->n + 1;
	return line->n > 0;
}

/* How the process ended in a call of the module that it named last. */
static void
add_end(struct buffer *to, struct vb_str module, int status)
{
	buffer_printf(to, "module \"%.*s\", checking what its settings name, ",
	    VB_FMT(module));
	if (!WIFSIGNALED(status))
		buffer_printf(to, "ended the process\n");
	else if (WTERMSIG(status) == SIGALRM)
		buffer_printf(to, "took longer than %d seconds\n", LONGEST_S);
	else
		buffer_printf(to, "crashed (signal %d)\n", WTERMSIG(status));
}

/* False when a module that was called ended the process. */
static bool
understand(struct vb_str said, int status, struct buffer *wrong)
{
	struct vb_str line, module = VB_STR("");

	while (take_line(&said, &line)) {
		const struct vb_str rest = { line.p + 1, line.n - 1 };

		if (line.p[0] == '.')
			return true;
		if (line.p[0] == '>')
			module = rest;
		else
			buffer_printf(wrong, "%.*s\n", VB_FMT(rest));
	}
	if (module.n > 0)
		add_end(wrong, module, status);
	return module.n == 0;
}

/* No module had been called yet, or none was any more. */
static void
tell_end(int status)
{
	if (WIFSIGNALED(status))
		fprintf(stderr,
		    "verbena: a module crashed while it was loaded (signal "
		    "%d)\n",
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != CANNOT_EXEC)
		fprintf(stderr, "verbena: a module ended the process that "
				"loaded it\n");
}

static void
judge(struct vb_str said, int status, struct checked *c)
{
	char verdict;
	bool is_over;

	if (said.n == 0) {
		tell_end(status);
		return;
	}
	verdict = said.p[0];
	c->needs_recipients = (verdict & VERDICT_RECIPIENTS) != 0;
	c->needs_terminals = (verdict & VERDICT_TERMINALS) != 0;
	is_over = understand(
	    (struct vb_str){ said.p + 1, said.n - 1 }, status, &c->wrong);
	c->is_good = (verdict & VERDICT_GOOD) != 0 &&
	             !(is_over && WIFSIGNALED(status));
	if (is_over && WIFSIGNALED(status))
		tell_end(status);
}

void
checker_run(int snapshot, const struct account *become, struct checked *c)
{
	char *argv[] = { (char[]){ "verbena" }, (char[]){ "@checker" },
		(char[]){ "0" }, NULL };
	int pipes[2], status = 0;
	int fds[] = { -1, snapshot, -1 };
	struct spawn spawn = { .argv = argv,
		.fds = fds,
		.n_fds = 3,
		.become = become,
		.dies_with_us = true };
	struct buffer said = { 0 };
	pid_t pid;

	*c = (struct checked){ .is_good = false };
	if (pipe(pipes) != 0) {
		perror("verbena: cannot check the configuration");
		return;
	}
	fds[0] = pipes[1];
	pid = process_spawn(&spawn);
	close(pipes[1]);
	hear(pipes[0], &said);
	close(pipes[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		judge(buffer_str(&said), status, c);
	else
		perror("verbena: cannot check the configuration");
	buffer_finish(&said);
}
