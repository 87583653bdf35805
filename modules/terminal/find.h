/*
 * At which terminals a user is: what utmp(5) and logind say, both, since each
 * knows of some that the other does not. Neither is believed: a terminal counts
 * when it is a character device below /dev that is the user's own, belongs to
 * the group tty, may be written by it (that is what mesg(1) says "y" to), and
 * is a terminal.
 *
 * For the one module that includes it, which defines _GNU_SOURCE.
 */
#ifndef MODULES_TERMINAL_FIND_H
#define MODULES_TERMINAL_FIND_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>
#include <unistd.h>
#include <utmpx.h>

#include <verbena/str.h>

enum { LINES_MOST = 32, LINE_SIZE = 64 };

/* Names below /dev, "pts/3", each once. */
struct lines {
	char names[LINES_MOST][LINE_SIZE];
	size_t n;
};

static void
lines_add(struct lines *l, struct vb_str name)
{
	if (name.n == 0 || name.n >= LINE_SIZE || l->n == LINES_MOST)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (vb_str_eq(vb_str(l->names[i]), name))
			return;
	snprintf(l->names[l->n++], LINE_SIZE, "%.*s", VB_FMT(name));
}

/* Fields of utmp end with a NUL or where they end. */
static struct vb_str
field(const char *p, size_t size)
{
	return (struct vb_str){ p, strnlen(p, size) };
}

/* Entries outlive who they tell of, after a crash or in containers. */
static bool
is_alive(pid_t pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static void
lines_of_utmp(struct lines *l, struct vb_str user)
{
	const struct utmpx *u;

	setutxent();
	while ((u = getutxent()) != NULL)
		if (u->ut_type == USER_PROCESS &&
		    vb_str_eq(field(u->ut_user, sizeof(u->ut_user)), user) &&
		    is_alive(u->ut_pid))
			lines_add(l, field(u->ut_line, sizeof(u->ut_line)));
	endutxent();
}

/* Is it the session of a person, and not ending? */
static bool
is_session(const char *id)
{
	char *state = NULL, *class = NULL;
	bool is = sd_session_get_state(id, &state) >= 0 &&
	          sd_session_get_class(id, &class) >= 0 &&
	          (strcmp(state, "active") == 0 ||
		      strcmp(state, "online") == 0) &&
	          strcmp(class, "user") == 0;

	free(state);
	free(class);
	return is;
}

static void
lines_of_logind(struct lines *l, uid_t uid)
{
	char **ids = NULL, *tty;
	int n = sd_uid_get_sessions(uid, 0, &ids);

	for (int i = 0; i < n; i++) {
		tty = NULL;
		if (is_session(ids[i]) && sd_session_get_tty(ids[i], &tty) >= 0)
			lines_add(l, vb_str(tty));
		free(tty);
		free(ids[i]);
	}
	free(ids);
}

static bool
is_name(const char *line)
{
	return line[0] != '/' && strstr(line, "..") == NULL;
}

/* Opens a terminal that takes messages for this user. -1, and why. */
static int
line_open(const char *line, uid_t uid, const char **why)
{
	const struct group *tty = getgrnam("tty");
	char path[LINE_SIZE + 8];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", line);
	*why = "not a name";
	if (!is_name(line))
		return -1;
	fd = open(
	    path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	*why = strerror(errno);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode) || !isatty(fd))
		*why = "not a terminal";
	else if (st.st_uid != uid)
		*why = "somebody else's";
	else if (tty == NULL || st.st_gid != tty->gr_gid ||
		 (st.st_mode & S_IWGRP) == 0)
		*why = "mesg n";
	else
		return fd;
	close(fd);
	return -1;
}

#endif
