/* What has to be there before the first process starts. */
#include "core/process/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"

static bool
tell_user(const struct prepared *p, const char *wrong)
{
	const config_setting_t *at = config_setting_get_member(
	    conf_root(p->conf), "user");
	struct conf_place place = conf_place(
	    p->conf, at != NULL ? at : conf_root(p->conf));
	struct problems problems = { 0 };

	problems_add(&problems, place.file, at != NULL ? place.line : 0,
	    "user: \"%.*s\" %s", VB_FMT(p->top.process.user), wrong);
	problems_print(&problems, stderr);
	problems_finish(&problems);
	return false;
}

/* Whom the others become. Where that is told to be wrong, the checker becomes
   nobody, to tell what else is. */
static bool
find_account(struct prepared *p)
{
	char name[64];
	bool is_there;

	p->is_root = geteuid() == 0;
	if (!p->is_root)
		return true;
	snprintf(name, sizeof(name), "%.*s", VB_FMT(p->top.process.user));
	is_there = account_find(name, &p->account);
	p->writer = account_in_group(&p->account, "tty");
	if (is_there && p->account.uid != 0)
		return true;
	p->account = (struct account){ "nobody", 65534, 65534, false, 0 };
	return tell_user(p, is_there ? "is the superuser, who runs no module"
				     : "is no account of this machine");
}

bool
prepare_check(struct prepared *p, const char *file)
{
	struct problems problems = { 0 };
	bool ok;

	*p = (struct prepared){ .file = file,
		.arena = arena_create(),
		.snapshot = -1,
		.control = { -1, -1 } };
	p->conf = conf_read(file, &problems);
	if (p->conf == NULL) {
		problems_print(&problems, stderr);
		problems_finish(&problems);
		return false;
	}
	settings_read(p->conf, NULL, p->arena, &problems, &p->top);
	p->snapshot = process_memory_file("verbena-conf");
	if (p->snapshot < 0 || !conf_write(p->conf, p->snapshot) ||
	    !process_seal(p->snapshot)) {
		perror("verbena: cannot keep the configuration");
		return false;
	}
	ok = find_account(p);
	checker_run(p->snapshot, p->is_root ? &p->account : NULL, &p->checked);
	if (!ok) /* then it looked with the rights of somebody else */
		buffer_finish(&p->checked.wrong);
	return p->checked.is_good && ok;
}

void
prepare_warn(const struct prepared *p)
{
	const struct buffer *wrong = &p->checked.wrong;
	size_t n;

	for (size_t at = 0; at < wrong->n; at += n + 1) {
		const char *line = wrong->p + at;

		n = (size_t)((const char *)memchr(line, '\n', wrong->n - at) -
			     line);
		log_event(VB_WARNING, "misconfigured", "%.*s", (int)n, line);
	}
}

bool
prepare_log(const struct prepared *p)
{
	const struct log_conf *log = &p->top.process.log;
	const char *to = log->to.p;
	int fd;

	settings_open_log(log);
	if (!settings_logs_to_file(log))
		return true;
	fd = open(
	    to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0) {
		fprintf(stderr, "verbena: log: cannot open %s: %s\n", to,
		    strerror(errno));
		return false;
	}
	dup2(fd, STDERR_FILENO);
	close(fd);
	return true;
}

/* Makes a directory and those above it; `mode` is for the last. */
static bool
make_directory(const struct prepared *p, const char *path, mode_t mode)
{
	char *copy = arena_string(p->arena, vb_str(path));

	for (char *c = copy + 1; *c != '\0'; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		mkdir(copy, 0755);
		*c = '/';
	}
	if (mkdir(copy, mode) == 0 || errno == EEXIST)
		return true;
	fprintf(stderr, "verbena: cannot make %s: %s\n", path, strerror(errno));
	return false;
}

/* The leaves alone are given away: whoever breaks into a worker can rename
   nothing that root relies on. */
static bool
make_leaf(
    const struct prepared *p, const char *dir, const char *name, mode_t mode)
{
	const char *path = arena_printf(p->arena, "%s/%s", dir, name).p;

	if (!make_directory(p, path, mode))
		return false;
	if (!p->is_root || lchown(path, p->account.uid, p->account.gid) == 0)
		return true;
	fprintf(stderr, "verbena: cannot give %s away: %s\n", path,
	    strerror(errno));
	return false;
}

static bool
make_directories(const struct prepared *p)
{
	static const char *const leaves[] = { "spool", "journal", "large",
		"queue" };

	if (!make_directory(p, p->top.process.state_dir.name, 0755) ||
	    !make_directory(p, p->top.process.run_dir.name, 0755))
		return false;
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (!make_leaf(
			p, p->top.process.state_dir.name, leaves[i], 0700))
			return false;
	return !p->checked.needs_terminals ||
	       make_leaf(p, p->top.process.run_dir.name, "tty", 0755);
}

static bool
open_control(struct prepared *p)
{
	const char *run_dir = p->top.process.run_dir.name;

	if (control_open(run_dir, &p->control))
		return true;
	if (errno == EADDRINUSE)
		fprintf(stderr, "verbena: run_dir: another server has %s\n",
		    run_dir);
	else
		fprintf(stderr, "verbena: cannot listen at %s/control: %s\n",
		    run_dir, strerror(errno));
	return false;
}

static const char *
pid_file(const struct prepared *p)
{
	return arena_printf(
	    p->arena, "%s/verbena.pid", p->top.process.run_dir.name)
	    .p;
}

static bool
write_pid(const struct prepared *p)
{
	FILE *file = fopen(pid_file(p), "w");
	bool ok = file != NULL && fprintf(file, "%ld\n", (long)getpid()) > 0;

	if (file != NULL)
		ok = fclose(file) == 0 && ok;
	if (!ok)
		fprintf(stderr, "verbena: cannot write %s: %s\n", pid_file(p),
		    strerror(errno));
	return ok;
}

/* Only root can become a recipient. */
static bool
may_run(const struct prepared *p)
{
	if (!p->checked.needs_recipients || p->is_root)
		return true;
	fprintf(stderr,
	    "%s: as = \"recipient\" needs a server that is started by root\n",
	    p->file);
	return false;
}

bool
prepare_run(struct prepared *p)
{
	if (!may_run(p))
		return false;
	if (listeners_open(&p->listeners, p->conf, p->arena) &&
	    make_directories(p) && open_control(p) && write_pid(p) &&
	    prepare_log(p))
		return true;
	control_close(p->top.process.run_dir.name, &p->control);
	listeners_close(&p->listeners);
	return false;
}

void
prepare_undo(struct prepared *p)
{
	unlink(pid_file(p));
	control_close(p->top.process.run_dir.name, &p->control);
	listeners_close(&p->listeners);
}
