/* Starting and stopping the server that dialogues are played against. */
#include "tests/dialogue/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/memory.h"
#include "tests/dialogue/files.h"

enum { PATIENCE = 1000, TICK_MS = 10 }; /* ten seconds */

static void
tick(void)
{
	struct timespec t = { .tv_nsec = TICK_MS * 1000000L };

	nanosleep(&t, NULL);
}

static bool
starts_with(struct vb_str text, struct vb_str with)
{
	return text.n > with.n && memcmp(text.p, with.p, with.n) == 0;
}

static void write_configuration(
    struct server *s, struct vb_str template, struct buffer *to);

static bool
fill_in(struct server *s, struct vb_str word, struct buffer *to)
{
	const struct server_word *w = s->words;
	const struct vb_str port = VB_STR("PORT ");

	while (
	    w != NULL && w->name != NULL && !vb_str_eq(word, vb_str(w->name)))
		w++;
	if (w != NULL && w->name != NULL)
		write_configuration(s, w->text, to);
	else if (vb_str_eq(word, VB_STR("DIR")))
		buffer_printf(to, "%s", s->directory);
	else if (vb_str_eq(word, VB_STR("BUILD")))
		buffer_printf(to, "%s", s->build);
	else if (starts_with(word, port))
		buffer_printf(to, "%u",
		    (unsigned)ports_take(&s->ports,
			(struct vb_str){ word.p + port.n, word.n - port.n }));
	else
		return false;
	return true;
}

/* An @ that begins none of the words stands for itself. */
static void
write_configuration(struct server *s, struct vb_str template, struct buffer *to)
{
	const char *end = template.p + template.n;

	for (const char *p = template.p; p < end; p++) {
		const char *at = *p == '@'
		                     ? memchr(p + 1, '@', (size_t)(end - p - 1))
		                     : NULL;

		if (at != NULL &&
		    fill_in(
			s, (struct vb_str){ p + 1, (size_t)(at - p - 1) }, to))
			p = at;
		else
			buffer_add(to, p, 1);
	}
}

static bool
prepare(struct server *s, const char *template, struct buffer *told)
{
	struct buffer conf = { 0 };
	const char *wrong = NULL;

	if (!files_read(AT_FDCWD, template, &s->template))
		wrong = template;
	write_configuration(s, buffer_str(&s->template), &conf);
	if (wrong == NULL &&
	    (!files_write(s->directory, "site.conf", buffer_str(&conf)) ||
		!files_write(s->directory, "aliases", VB_STR("")) ||
		!files_open_to_all(s->directory, "mail")))
		wrong = s->directory;
	if (wrong != NULL)
		buffer_printf(told, "%s: %s\n", wrong, strerror(errno));
	buffer_finish(&conf);
	return wrong == NULL;
}

static void
become_server(const struct server *s)
{
	char program[1024], conf[1024], log[1024];
	int fd;

	snprintf(program, sizeof(program), "%s/verbena", s->build);
	snprintf(conf, sizeof(conf), "%s/site.conf", s->directory);
	snprintf(log, sizeof(log), "%s/log", s->directory);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	setpgid(0, 0);
	execl(program, program, "-c", conf, "run", (char *)NULL);
	perror(program);
	_exit(127);
}

static bool
is_up(const struct server *s)
{
	for (size_t i = 0; i < s->ports.n; i++) {
		int fd = port_connect(s->ports.items[i].number);

		if (fd < 0)
			return false;
		close(fd);
	}
	return true;
}

void
server_init(struct server *s, const char *build)
{
	*s = (struct server){ .build = strdup(build),
		.directory = files_temporary() };
}

bool
server_start(struct server *s, const char *template,
    const struct server_word *words, struct buffer *told)
{
	s->words = words;
	if (!prepare(s, template, told))
		return false;
	s->pid = fork();
	if (s->pid == 0)
		become_server(s);
	return s->pid > 0;
}

bool
server_wait(struct server *s, struct buffer *told)
{
	for (int i = 0; i < PATIENCE; i++, tick()) {
		if (is_up(s))
			return true;
		if (waitpid(s->pid, NULL, WNOHANG) == s->pid) {
			s->pid = 0;
			break;
		}
	}
	buffer_printf(told, "the server did not start. Its log:\n");
	server_log(s, told);
	return false;
}

/* Words that no healthy server has in its log. */
static bool
log_is_clean(const struct server *s, struct buffer *told)
{
	static const char *const bad[] = { "Sanitizer",
		"runtime error:", "Assertion `", "aborted", "SIGSEGV",
		"SIGABRT" };
	struct buffer log = { 0 };
	bool clean = true;

	files_read_in(s->directory, "log", &log);
	buffer_add(&log, "", 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *at = strstr(log.p, bad[i]);

		if (at == NULL)
			continue;
		while (at > log.p && at[-1] != '\n')
			at--;
		buffer_printf(told, "the log says: %.3000s\n", at);
		clean = false;
		break;
	}
	buffer_finish(&log);
	return clean;
}

void
server_ask_to_stop(const struct server *s)
{
	if (s->pid > 0)
		kill(s->pid, SIGTERM);
}

bool
server_stop(struct server *s, struct buffer *told)
{
	int status = -1;

	server_ask_to_stop(s);
	for (int i = 0; i < PATIENCE; i++, tick()) {
		if (waitpid(s->pid, &status, WNOHANG) != s->pid)
			continue;
		s->pid = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return log_is_clean(s, told);
		buffer_printf(told, "it ended with status %#x; log:\n", status);
		server_log(s, told);
		return false;
	}
	buffer_printf(told, "it still runs ten seconds after SIGTERM\n");
	return false;
}

void
server_finish(struct server *s)
{
	if (s->pid > 0) {
		kill(-s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	if (s->directory != NULL)
		files_remove(s->directory);
	free(s->directory);
	buffer_finish(&s->template);
	free(s->build);
	*s = (struct server){ 0 };
}

void
server_log(const struct server *s, struct buffer *to)
{
	enum { END = 6000 };
	struct buffer log = { 0 };
	size_t skip;

	files_read_in(s->directory, "log", &log);
	skip = log.n > END ? log.n - END : 0;
	buffer_add(to, log.p + skip, log.n - skip);
	buffer_finish(&log);
}
