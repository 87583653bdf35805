/* A courier that is root, and the process that becomes the recipient. */
#include "core/process/stepdown.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/io/conf.h"
#include "core/io/process.h"
#include "core/mail/job.h"
#include "core/process/courier.h"
#include "core/process/role.h"

static char octets[256 * 1024];
static struct top_conf top;
static int64_t seconds; /* the batch may take */

/* Mail is never delivered as root, whoever asks for it. */
static bool
find_recipient(const struct job *job, struct account *account)
{
	char name[sizeof(account->name)];

	if (job->to.user.n == 0 || job->to.user.n >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", VB_FMT(job->to.user));
	return account_find(name, account) && account->uid != 0 &&
	       account->gid != 0;
}

/* Adds the octets of a message to the file that the recipient gets. */
static bool
copy_octets(const struct job *job, int to)
{
	char path[4096];
	uint64_t left = job->octets;
	off_t at = (off_t)job->at;
	ssize_t n = 1;
	int from;

	snprintf(path, sizeof(path), "%s/%.*s", top.process.state_dir.name,
	    VB_FMT(job->file));
	from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (from >= 0 && left > 0 && n > 0) {
		n = pread(from, octets,
		    left < sizeof(octets) ? (size_t)left : sizeof(octets), at);
		if (n > 0 && write(to, octets, (size_t)n) != n)
			n = -1;
		left -= n > 0 ? (uint64_t)n : 0;
		at += n;
	}
	if (from >= 0)
		close(from);
	return left == 0;
}

/* Two files without a name: the jobs as the recipient sees them, and the
   messages, one behind the other. All jobs are of one recipient. */
static bool
hand_over(struct unpack from, int jobs, int body, struct account *account)
{
	struct buffer packed = { 0 };
	struct job job;
	struct vb_str user = VB_STR("");
	uint64_t at = 0;
	bool ok = from.n > 0;

	while (ok && from.n > 0) {
		ok = job_unpack(&from, &job) &&
		     (user.n == 0 ? find_recipient(&job, account)
				  : vb_str_eq(user, job.to.user)) &&
		     copy_octets(&job, body);
		user = job.to.user;
		job.file = VB_STR("");
		job.at = at;
		at += job.octets;
		seconds = job.seconds;
		job_pack(&packed, &job);
	}
	ok = ok && write(jobs, packed.p, packed.n) == (ssize_t)packed.n;
	buffer_finish(&packed);
	return ok;
}

/* Waits for the one that delivers, whom only root may end when it takes too
   long. */
static void
wait_for(pid_t pid, unsigned slot)
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	const struct shared *shared = shared_map(FD_SHARED);
	int64_t naps = seconds * 500;
	char text[160] = "";
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		nanosleep(&nap, NULL);
		if (naps-- == 0)
			kill(pid, SIGKILL);
	}
	if (!WIFSIGNALED(status) || shared == NULL)
		return;
	where_tell(&shared->where[slot], text, sizeof(text));
	log_event(VB_ERROR, "died", "process=recipient[%ld] signal=%d %s",
	    (long)pid, WTERMSIG(status), text);
}

static void
log_no_recipient(struct unpack from)
{
	struct job job = { 0 };

	if (job_unpack(&from, &job))
		log_event(VB_ERROR, "no-recipient", "id=%.*s user=%.*s",
		    VB_FMT(job.to.id), VB_FMT(job.to.user));
}

static void
hand_on(unsigned slot, const struct request *r)
{
	struct account account;
	char slot_text[16];
	char *argv[] = { (char[]){ "verbena" }, (char[]){ "@recipient" },
		slot_text, NULL };
	int jobs = process_memory_file("verbena-jobs");
	int body = process_memory_file("verbena-messages");
	int fds[] = { -1, FD_CONF, FD_SHARED, jobs, body, r->reply };
	struct spawn spawn = { argv, fds, sizeof(fds) / sizeof(fds[0]), NULL,
		true };
	pid_t pid = -1;

	snprintf(slot_text, sizeof(slot_text), "%u", slot);
	if (jobs >= 0 && body >= 0 && hand_over(r->from, jobs, body, &account))
		pid = process_spawn(&spawn);
	else
		log_no_recipient(r->from);
	close(jobs);
	close(body);
	courier_close(r);
	if (pid > 0)
		wait_for(pid, slot);
}

int
stepdown_serve(unsigned slot)
{
	struct problems problems = { 0 };
	struct conf *conf = conf_read_snapshot(FD_CONF, &problems);
	struct request r;

	role_ignore_signals();
	signal(SIGCHLD, SIG_DFL);
	log_process("courier");
	if (conf == NULL)
		return EXIT_FAILURE;
	settings_read(conf, NULL, arena_create(), &problems, &top);
	settings_open_log(&top.process.log);
	if (!courier_works_for_queue(&top.process))
		return EXIT_FAILURE;
	while (courier_next(fd_pair(PAIR_RECIPIENTS), &r))
		hand_on(slot, &r);
	return EXIT_SUCCESS;
}

/* Before anything is loaded. It stays hidden: its descriptors hold settings, and
   messages of others, that the recipient has no right to. */
static bool
step_down(struct vb_str jobs)
{
	struct unpack from = { jobs.p, jobs.n, false };
	struct account account;
	struct job job;

	if (!job_unpack(&from, &job) || !find_recipient(&job, &account) ||
	    !process_become(&account))
		return false;
	process_hide();
	return true;
}

int
role_recipient(unsigned slot)
{
	struct shared *shared;
	struct generation *g;
	struct request r = { .reply = FD_REPLY, .body = FD_BODY };
	ssize_t n = pread(FD_JOB, octets, sizeof(octets), 0);

	if (n <= 0 || !step_down((struct vb_str){ octets, (size_t)n }))
		return EXIT_FAILURE;
	g = role_begin("recipient", slot, &shared);
	if (g == NULL)
		return EXIT_FAILURE;
	r.from = (struct unpack){ octets, (size_t)n, false };
	courier_serve(g, PAIR_RECIPIENTS, &r);
	generation_destroy(g);
	return EXIT_SUCCESS;
}
