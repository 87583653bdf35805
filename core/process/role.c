/* What every role begins with, and which roles there are. */
#include "core/process/role.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/process/roles.h"

/* The master alone hears of signals; it tells us what to do. SIGSEGV and its
   like stay as they are: a process that broke must die. */
void
role_ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP,
		SIGUSR1, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

struct generation *
role_begin(const char *name, unsigned slot, struct shared **shared)
{
	struct problems problems = { 0 };
	struct generation *g = NULL;
	struct conf *conf;

	role_ignore_signals();
	log_process(name);
	*shared = shared_map(FD_SHARED);
	conf = conf_read_snapshot(FD_CONF, &problems);
	if (conf != NULL)
		g = generation_load(conf, &problems);
	if (g == NULL || *shared == NULL) {
		problems_print(&problems, stderr);
		log_event(VB_ERROR, "cannot-start", "role=%s", name);
		problems_finish(&problems);
		return NULL;
	}
	settings_open_log(&g->top.process.log);
	memset(&(*shared)->where[slot], 0, sizeof((*shared)->where[slot]));
	where_open(
	    &(*shared)->where[slot], &(*shared)->quarantine, &g->modules);
	return generation_start(g) ? g : NULL;
}

bool
role_take_log(char what, int fd)
{
	if (what != CONTROL_LOG)
		return false;
	if (fd >= 0) {
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
	return true;
}

bool
role_has_fd(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int
role_state_dir(const struct process_conf *conf, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", conf->state_dir.name, name);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
role_run_dir(const struct process_conf *conf, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", conf->run_dir.name, name);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
role_run(int argc, char **argv)
{
	unsigned slot = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	unsigned number = argc > 3 ? (unsigned)atoi(argv[3]) : 0;

	if (argc < 2 || slot >= SHARED_PROCESSES)
		return -1;
	if (strcmp(argv[1], "@worker") == 0)
		return role_worker(slot, number);
	if (strcmp(argv[1], "@queue") == 0)
		return role_queue(slot);
	if (strcmp(argv[1], "@courier") == 0 && number <= PAIR_TERMINALS)
		return role_courier(slot, (enum pair)number);
	if (strcmp(argv[1], "@recipient") == 0)
		return role_recipient(slot);
	if (strcmp(argv[1], "@checker") == 0)
		return role_checker();
	return -1;
}
