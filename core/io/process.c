/*
 * Starting processes of this very binary.
 *
 * Processes are executed, never only forked: a fresh link map is the one honest
 * way to load a module file that was replaced. The binary is opened once, so
 * that an upgrade of the file on disk does not mix versions.
 */
#define _GNU_SOURCE /* execveat, setresuid, memfd_create, close_range */
#include "core/io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIRST = 3, CANNOT = 127 };

bool
account_find(const char *name, struct account *account)
{
	const struct passwd *found = getpwnam(name);

	if (found == NULL)
		return false;
	*account = (struct account){ .uid = found->pw_uid,
		.gid = found->pw_gid };
	snprintf(account->name, sizeof(account->name), "%s", name);
	return true;
}

struct account
account_in_group(const struct account *account, const char *group)
{
	const struct group *found = getgrnam(group);
	struct account in = *account;

	in.has_one_group = true;
	in.one_group = found == NULL ? account->gid : found->gr_gid;
	return in;
}

static int
set_groups(const struct account *account)
{
	if (account->has_one_group)
		return setgroups(1, &account->one_group);
	return initgroups(account->name, account->gid);
}

bool
process_become(const struct account *account)
{
	return set_groups(account) == 0 &&
	       setresgid(account->gid, account->gid, account->gid) == 0 &&
	       setresuid(account->uid, account->uid, account->uid) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

bool
process_die_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

void
process_hide(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* First all out of the way, then each to its place. */
static bool
place_fds(const int *fds, size_t n, int *binary)
{
	const int above = FIRST + (int)n + 1;
	int moved[SPAWN_FDS];

	if (n > SPAWN_FDS)
		return false;
	*binary = fcntl(*binary, F_DUPFD, above);
	for (size_t i = 0; i < n; i++) {
		moved[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD, above);
		if (fds[i] >= 0 && moved[i] < 0)
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (moved[i] < 0)
			close(FIRST + (int)i);
		else if (dup2(moved[i], FIRST + (int)i) < 0)
			return false;
	}
	if (dup2(*binary, FIRST + (int)n) < 0)
		return false;
	*binary = FIRST + (int)n;
	close_range(FIRST + (unsigned)n + 1, UINT_MAX, 0);
	return fcntl(*binary, F_SETFD, FD_CLOEXEC) == 0;
}

static void
reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
}

static void
run_child(const struct spawn *spawn, int binary)
{
	char *const none[] = { NULL };

	reset_signals();
	if (!place_fds(spawn->fds, spawn->n_fds, &binary))
		return;
	if (spawn->urgency != NULL && !urgency_set(*spawn->urgency))
		errno = 0; /* it can be seen, and works all the same */
	if (spawn->become != NULL && !process_become(spawn->become))
		return;
	if (spawn->dies_with_us && !process_die_with_parent())
		return;
	execveat(binary, "", spawn->argv, environ != NULL ? environ : none,
	    AT_EMPTY_PATH);
}

pid_t
process_spawn(const struct spawn *spawn)
{
	static int binary = -1;
	pid_t pid;

	if (binary < 0)
		binary = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (binary < 0)
		return -1;
	pid = fork();
	if (pid != 0)
		return pid;
	run_child(spawn, binary);
	perror("verbena: cannot start a process");
	_exit(CANNOT);
}

void
process_raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int
process_memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool
process_seal(int memory_file)
{
	return fcntl(memory_file, F_ADD_SEALS,
		   F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) ==
	       0;
}
