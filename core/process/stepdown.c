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

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/conf.h"
#include "core/io/file.h"
#include "core/io/packet.h"
#include "core/io/process.h"
#include "core/mail/job.h"
#include "core/mail/report.h"
#include "core/process/courier.h"
#include "core/process/role.h"

static char octets[256 * 1024];
static struct top_conf top;
static int64_t seconds; /* the batch may take */
static int spool_dir;

/* How deliveries end that cannot even be begun. */
static const struct report root_is_none = { .outcome = VB_NEVER,
	.status = { "5.3.5", 5 },
	.text = { "mail is never delivered as root", 31 } };
static const struct report no_account = { .outcome = VB_LATER,
	.status = { "4.3.5", 5 },
	.text = { "the recipient has no account", 28 } };
static const struct report no_hand_over = { .outcome = VB_LATER,
	.status = { "4.3.0", 5 },
	.text = { "the message cannot be handed over", 33 } };

/* Mail is never delivered as root, whoever asks for it. NULL: it may go on. */
static const struct report *
find_recipient(const struct job *job, struct account *account)
{
	char name[sizeof(account->name)];

	if (job->to.user.n == 0 || job->to.user.n >= sizeof(name))
		return &no_account;
	snprintf(name, sizeof(name), "%.*s", VB_FMT(job->to.user));
	if (!account_find(name, account))
		return &no_account;
	return account->uid == 0 || account->gid == 0 ? &root_is_none : NULL;
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
   messages, one behind the other. All jobs are of the one user. */
static bool
hand_over(struct unpack from, struct vb_str user, int jobs, int body)
{
	struct buffer packed = { 0 };
	struct job job;
	uint64_t at = 0;
	bool ok = from.n > 0;

	while (ok && from.n > 0) {
		ok = job_unpack(&from, &job) && vb_str_eq(user, job.to.user) &&
		     copy_octets(&job, body);
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
   long: a little before the queue has it tried again. */
static void
wait_for(pid_t pid, unsigned slot)
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	const struct shared *shared = shared_map(FD_SHARED);
	int64_t most = seconds * 1000 - (seconds < 10 ? seconds * 100 : 1000);
	int64_t end = clock_steady_ms() + most;
	char text[160] = "";
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		nanosleep(&nap, NULL);
		if (clock_steady_ms() >= end)
			kill(pid, SIGKILL);
	}
	if (!WIFSIGNALED(status) || shared == NULL)
		return;
	where_tell(&shared->where[slot], text, sizeof(text));
	log_event(VB_ERROR, "died", "process=recipient[%ld] signal=%d %s",
	    (long)pid, WTERMSIG(status), text);
}

/* The answer for all of them: who it is from, then a report for each. */
static void
answer(const struct request *r, const struct report *report)
{
	struct unpack from = r->from;
	struct buffer who = { 0 }, reports = { 0 };
	struct job job;

	pack_number(&who, (uint64_t)getpid());
	while (from.n > 0 && job_unpack(&from, &job)) {
		log_event(VB_ERROR, "no-recipient", "id=%.*s user=%.*s: %.*s",
		    VB_FMT(job.to.id), VB_FMT(job.to.user),
		    VB_FMT(report->text));
		report_pack(&reports, report);
	}
	if (!packet_send(r->reply, buffer_str(&who), NULL, 0) ||
	    !packet_send(r->reply, buffer_str(&reports), NULL, 0))
		log_event(VB_WARNING, "no-recipient", "nobody waits for it");
	buffer_finish(&who);
	buffer_finish(&reports);
}

/* Starts a process that becomes the recipient and delivers. -1: could not. */
static pid_t
start(unsigned slot, const struct request *r, struct vb_str user)
{
	char slot_text[16];
	char *argv[] = { (char[]){ "verbena" }, (char[]){ "@recipient" },
		slot_text, NULL };
	int jobs = process_memory_file("verbena-jobs");
	int body = file_unnamed(spool_dir);
	int fds[] = { -1, FD_CONF, FD_SHARED, jobs, body, r->reply };
	struct spawn spawn = { .argv = argv,
		.fds = fds,
		.n_fds = sizeof(fds) / sizeof(fds[0]),
		.dies_with_us = true };
	pid_t pid = -1;

	snprintf(slot_text, sizeof(slot_text), "%u", slot);
	if (jobs >= 0 && body >= 0 && hand_over(r->from, user, jobs, body))
		pid = process_spawn(&spawn);
	close(jobs);
	close(body);
	return pid;
}

static void
hand_on(unsigned slot, const struct request *r)
{
	struct unpack from = r->from;
	const struct report *report = &no_account;
	struct account account;
	struct job first;
	pid_t pid = -1;

	if (job_unpack(&from, &first))
		report = find_recipient(&first, &account);
	if (report == NULL) {
		pid = start(slot, r, first.to.user);
		report = &no_hand_over;
	}
	if (pid < 0)
		answer(r, report);
	courier_close(r);
	if (pid > 0)
		wait_for(pid, slot);
}

int
stepdown_serve(unsigned slot)
{
	struct problems problems = { 0 };
	struct conf *conf = conf_read_snapshot(FD_CONF, &problems);
	struct courier courier;
	struct request r;

	role_ignore_signals();
	signal(SIGCHLD, SIG_DFL);
	log_process("courier");
	if (conf == NULL)
		return EXIT_FAILURE;
	settings_read(conf, NULL, arena_create(), &problems, &top);
	settings_open_log(&top.process.log);
	spool_dir = role_state_dir(&top.process, "spool");
	if (spool_dir < 0 || !courier_works_for_queue(&top.process) ||
	    !courier_open(&courier, fd_pair(PAIR_RECIPIENTS), NULL, 0))
		return EXIT_FAILURE;
	while (courier_next(&courier, &r))
		hand_on(slot, &r);
	return EXIT_SUCCESS;
}

/* Before anything is loaded. It stays hidden: its descriptors hold settings,
   and messages of others, that the recipient has no right to. Should the
   courier have died before, nobody waits for it, and it does not begin. */
static bool
step_down(struct vb_str jobs)
{
	struct unpack from = { jobs.p, jobs.n, false };
	struct account account;
	struct job job;

	if (!job_unpack(&from, &job) ||
	    find_recipient(&job, &account) != NULL || !process_become(&account))
		return false;
	process_hide();
	return process_die_with_parent();
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
