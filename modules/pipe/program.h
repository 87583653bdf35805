/*
 * A program that is run: in a process group of its own, with a file as its
 * standard input, for so long and no longer. What it prints is read to the end,
 * and its first line kept.
 *
 * When it has ended, or its time has, all of its group is killed. Should we
 * die, it is.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_PIPE_PROGRAM_H
#define MODULES_PIPE_PROGRAM_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 200, LOOK_MS = 5 };

/* The caller sets the first five. */
struct program {
	char *const *argv; /* the first is its path */
	char *const *environment;
	const char *directory; /* or "/", where that cannot be entered */
	int input;             /* from where it stands */
	int64_t deadline;      /* in milliseconds, see now_ms() */

	bool is_late;             /* it was killed */
	int status;               /* as from waitpid(2) */
	char line[LINE_SIZE + 1]; /* the first it printed, made printable */

	pid_t pid;
	int output;
	size_t n; /* of .line */
	bool has_line;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the courier ignores, the program need not. */
static void
reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
}

/* Everything but the first three is closed when the program begins. */
static bool
close_others(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		const int fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	closedir(dir);
	return true;
}

/* In the child: returns only when it cannot be done. */
static void
become_program(const struct program *p, int output, pid_t parent)
{
	reset_signals();
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return;
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	if (dup2(p->input, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 || !close_others())
		return;
	if (chdir(p->directory) != 0 && chdir("/") != 0)
		return;
	umask(077);
	execve(p->argv[0], p->argv, p->environment);
}

/* Forks; .output is what the program prints, `told` what it could not do. */
static bool
launch(struct program *p, int *told)
{
	const pid_t parent = getpid();
	int output[2], failure[2];

	if (pipe(output) != 0)
		return false;
	if (pipe(failure) != 0) {
		close(output[0]);
		close(output[1]);
		return false;
	}
	fcntl(failure[1], F_SETFD, FD_CLOEXEC);
	p->pid = fork();
	if (p->pid == 0) {
		become_program(p, output[1], parent);
		if (write(failure[1], &errno, sizeof(errno)) < 0)
			_exit(EXIT_FAILURE + 1);
		_exit(EXIT_FAILURE);
	}
	close(output[1]);
	close(failure[1]);
	p->output = output[0];
	*told = failure[0];
	return true;
}

/* False and errno when it cannot be run. */
static bool
start(struct program *p)
{
	int told, error = 0;

	if (!launch(p, &told))
		return false;
	if (p->pid < 0)
		error = errno;
	else if (read(told, &error, sizeof(error)) <= 0)
		error = 0;
	close(told);
	if (error == 0) {
		fcntl(p->output, F_SETFL, O_NONBLOCK);
		return true;
	}
	if (p->pid > 0)
		waitpid(p->pid, NULL, 0);
	close(p->output);
	errno = error;
	return false;
}

static void
keep(struct program *p, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !p->has_line; i++) {
		const char c = bytes[i];

		if (c == '\n')
			p->has_line = p->n > 0;
		else if (p->n < LINE_SIZE)
			p->line[p->n++] = c >= ' ' && c < 0x7f ? c : '?';
	}
	p->line[p->n] = '\0';
}

/* All that is there now; closed at its end. */
static void
read_output(struct program *p)
{
	char block[4096];
	ssize_t n = 1;

	/* Someone who never stops must not keep us from looking at the time. */
	for (int i = 0; i < 64 && p->output >= 0 && n > 0; i++) {
		n = read(p->output, block, sizeof(block));
		if (n > 0)
			keep(p, block, (size_t)n);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
	}
	if (n <= 0) {
		close(p->output);
		p->output = -1;
	}
}

/* It is a zombie then, and its number still its own. */
static bool
has_ended(const struct program *p)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)p->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       info.si_pid == p->pid;
}

/* Runs it to its end. False and errno when it cannot be run. */
static bool
program_run(struct program *p)
{
	if (!start(p))
		return false;
	while (!has_ended(p) && !p->is_late) {
		struct pollfd wait = { .fd = p->output, .events = POLLIN };

		if (poll(&wait, 1, LOOK_MS) > 0)
			read_output(p);
		p->is_late = now_ms() >= p->deadline;
	}
	kill(-p->pid, SIGKILL);
	waitpid(p->pid, &p->status, 0);
	if (p->output >= 0) {
		read_output(p);
		if (p->output >= 0)
			close(p->output);
	}
	return true;
}

#endif
