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

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
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

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons(port);
	return a;
}

/* A port nobody listens on; the server takes it a moment later. */
static uint16_t
free_port(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		abort();
	close(fd);
	return ntohs(a.sin_port);
}

int
server_connect(uint16_t port)
{
	struct sockaddr_in a = loopback(port);
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

uint16_t
server_port(const struct server *s, struct vb_str name)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (vb_str_eq(s->ports[i].name, name))
			return s->ports[i].number;
	return 0;
}

/* The kernel may give the same one twice. */
static bool
is_taken(const struct server *s, uint16_t port)
{
	for (size_t i = 0; i < s->n_ports; i++)
		if (s->ports[i].number == port)
			return true;
	return false;
}

static uint16_t
port_for(struct server *s, struct vb_str name)
{
	uint16_t port = server_port(s, name);

	if (port != 0 || s->n_ports == sizeof(s->ports) / sizeof(s->ports[0]))
		return port;
	while (port == 0 || is_taken(s, port))
		port = free_port();
	s->ports[s->n_ports++] = (struct server_port){ name, port };
	return port;
}

static bool
fill_in(struct server *s, struct vb_str word, struct buffer *to)
{
	static const char port[] = "PORT ";
	size_t n = sizeof(port) - 1;

	if (vb_str_eq(word, VB_STR("DIR")))
		buffer_printf(to, "%s", s->directory);
	else if (vb_str_eq(word, VB_STR("BUILD")))
		buffer_printf(to, "%s", s->build);
	else if (word.n > n && memcmp(word.p, port, n) == 0)
		buffer_printf(to, "%u",
		    (unsigned)port_for(
			s, (struct vb_str){ word.p + n, word.n - n }));
	else
		return false;
	return true;
}

/* An @ that begins none of the words stands for itself. */
static void
write_configuration(struct server *s, struct buffer *to)
{
	const char *p = s->template;

	while (*p != '\0') {
		size_t n = *p == '@' ? strcspn(p + 1, "@\n") : 0;
		struct vb_str word = { p + 1, n };

		if (n > 0 && p[1 + n] == '@' && fill_in(s, word, to)) {
			p += n + 2;
			continue;
		}
		buffer_add(to, p++, 1);
	}
}

static bool
prepare(struct server *s, const char *template, struct buffer *told)
{
	struct buffer conf = { 0 };
	struct vb_str text;
	bool done;

	s->directory = files_temporary();
	if (!files_read(AT_FDCWD, template, &conf)) {
		buffer_printf(told, "%s: %s\n", template, strerror(errno));
		buffer_finish(&conf);
		return false;
	}
	buffer_add(&conf, "", 1);
	s->template = conf.p;
	conf = (struct buffer){ 0 };
	write_configuration(s, &conf);
	text = buffer_str(&conf);
	done = files_write(s->directory, "site.conf", text) &&
	       files_open_to_all(s->directory, "mail");
	buffer_finish(&conf);
	if (!done)
		buffer_printf(told, "%s: %s\n", s->directory, strerror(errno));
	return done;
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
	for (size_t i = 0; i < s->n_ports; i++) {
		int fd = server_connect(s->ports[i].number);

		if (fd < 0)
			return false;
		close(fd);
	}
	return true;
}

bool
server_start(struct server *s, const char *build, const char *template,
    struct buffer *told)
{
	*s = (struct server){ .build = strdup(build) };
	if (!prepare(s, template, told))
		return false;
	s->pid = fork();
	if (s->pid == 0)
		become_server(s);
	for (int i = 0; s->pid > 0 && i < PATIENCE; i++, tick()) {
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

bool
server_stop(struct server *s, struct buffer *told)
{
	int status = -1;

	kill(s->pid, SIGTERM);
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
	free(s->template);
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
