/*
 * A courier: takes one request at a time from its pool, may block over it, and
 * answers on the socket that came with it.
 *
 * Couriers for `as = "recipient"` run as root and load no module: each job is
 * handed to a process of its own that becomes the recipient before it loads
 * anything.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/io/process.h"
#include "core/mail/delivery.h"
#include "core/process/lookups.h"
#include "core/process/role.h"
#include "core/process/roles.h"
#include "core/smtp/query.h"

static char octets[PACKET_MOST];

/* One request, and where its answer goes. */
struct request {
	struct unpack from;
	int reply, body;
};

static bool
send_to(int fd, const struct buffer *answer)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	while (!packet_send(fd, buffer_str(answer), NULL, 0)) {
		if (errno != EAGAIN)
			return false;
		poll(&wait, 1, -1);
	}
	return true;
}

/* Who we are, so that whoever asked can end us. False: nobody waits. */
static bool
say_who(int fd)
{
	struct buffer who = { 0 };
	bool ok;

	pack_number(&who, (uint64_t)getpid());
	ok = send_to(fd, &who);
	buffer_finish(&who);
	return ok;
}

static const struct scope *
find_scope(const struct generation *g, unsigned index)
{
	return index < g->sites->n_scopes ? g->sites->scopes[index] : NULL;
}

static void
deliver(
    const struct generation *g, const struct job *job, const struct request *r)
{
	const struct scope *scope = find_scope(g, job->scope);
	const struct module *m = modules_find(&g->modules, job->module);
	struct arena *arena = arena_create();
	struct buffer answer = { 0 };
	struct report report = { .outcome = VB_FAILED };

	if (scope != NULL && m != NULL && m->is.deliver != NULL && r->body >= 0)
		report = delivery_run(
		    job, r->body, m, scope->module_conf[m->index], arena);
	report_pack(&answer, &report);
	send_to(r->reply, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

static void
answer_lookup(const struct generation *g, const struct request *r)
{
	struct arena *arena = arena_create();
	struct buffer answer = { 0 };
	struct unpack from = r->from;
	struct lookup_request request;
	struct query q = { .arena = arena };
	enum vb_known known = VB_UNSURE;
	const struct module *m;
	const struct scope *scope;

	if (lookup_request_unpack(&from, &request)) {
		q.is = request.query;
		m = modules_find(&g->modules, request.module);
		scope = find_scope(g, request.scope);
		if (m != NULL && m->is.lookup != NULL && scope != NULL)
			known = query_run(&q, m, scope->module_conf[m->index],
			    request.query.name);
	}
	pack_number(&answer, (uint64_t)known);
	pack_number(&answer, q.n);
	for (size_t i = 0; i < q.n; i++)
		found_pack(&answer, &q.items[i]);
	send_to(r->reply, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

static void
answer_room(const struct generation *g, const struct request *r)
{
	struct arena *arena = arena_create();
	struct buffer answer = { 0 };
	struct unpack from = r->from;
	struct report report = { .outcome = VB_FAILED };
	const struct scope *scope;
	const struct module *m;
	struct job job;

	if (job_unpack(&from, &job)) {
		job.to.hostname = g->top.process.hostname;
		scope = find_scope(g, job.scope);
		m = modules_find(&g->modules, job.module);
		if (scope != NULL && m != NULL && m->is.room != NULL)
			report = delivery_room(
			    &job, m, scope->module_conf[m->index], arena);
	}
	report_pack(&answer, &report);
	send_to(r->reply, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

static void
answer(const struct generation *g, struct request *r)
{
	const uint64_t question = unpack_number(&r->from);

	if (question == QUESTION_LOOKUP)
		answer_lookup(g, r);
	else if (question == QUESTION_ROOM)
		answer_room(g, r);
}

static void
close_request(const struct request *r)
{
	if (r->reply >= 0)
		close(r->reply);
	if (r->body >= 0)
		close(r->body);
}

/* Waits for the next request. False: there will be none. */
static bool
next_request(int pool, struct request *r)
{
	struct pollfd wait[] = {
		{ .fd = pool, .events = POLLIN },
		{ .fd = FD_CONTROL, .events = POLLIN },
	};
	int fds[PACKET_FDS];
	ssize_t n;

	for (;;) {
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			return false;
		if (wait[1].revents != 0) {
			n = packet_receive(FD_CONTROL, octets, fds);
			if (n <= 0 || !role_take_log(octets[0], fds[0]))
				return false;
			continue;
		}
		n = packet_receive(pool, octets, fds);
		if (n > 0 && fds[0] >= 0)
			break;
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return false;
	}
	*r = (struct request){ { octets, (size_t)n, false }, fds[0], fds[1] };
	return true;
}

static void
serve(const struct generation *g, enum pool_kind kind, struct request *r)
{
	struct job job;

	if (!say_who(r->reply))
		return;
	if (kind == POOL_ANSWERS) {
		answer(g, r);
		return;
	}
	if (!job_unpack(&r->from, &job))
		return;
	job.to.hostname = g->top.process.hostname;
	deliver(g, &job, r);
}

static const int pool_fds[] = {
	[POOL_DELIVERIES] = FD_DELIVERIES,
	[POOL_RECIPIENTS] = FD_RECIPIENTS,
	[POOL_ANSWERS] = FD_ANSWERS,
};

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

static int
job_file(const struct request *r)
{
	int fd = process_memory_file("verbena-job");

	if (fd >= 0 && write(fd, r->from.p, r->from.n) != (ssize_t)r->from.n) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Waits for the one that delivers; ends it when it takes too long. */
static void
wait_for(pid_t pid, int64_t seconds, unsigned slot)
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	int64_t naps = seconds * 500;
	const struct shared *shared = shared_map(FD_SHARED);
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
hand_on(unsigned slot, struct request *r)
{
	struct unpack from = r->from;
	struct job job;
	struct account account;
	char slot_text[16];
	char *argv[] = { (char[]){ "verbena" }, (char[]){ "@recipient" },
		slot_text, NULL };
	int fds[] = { -1, FD_CONF, FD_SHARED, job_file(r), r->body, r->reply };
	struct spawn spawn = { argv, fds, sizeof(fds) / sizeof(fds[0]),
		&account, true };
	pid_t pid = -1;

	snprintf(slot_text, sizeof(slot_text), "%u", slot);
	if (job_unpack(&from, &job) && find_recipient(&job, &account))
		pid = process_spawn(&spawn);
	else
		log_event(
		    VB_ERROR, "no-recipient", "user=%.*s", VB_FMT(job.to.user));
	if (fds[3] >= 0)
		close(fds[3]);
	close_request(r);
	if (pid > 0)
		wait_for(pid, job.seconds, slot);
}

int
role_courier(unsigned slot, enum pool_kind kind)
{
	struct generation *g = NULL;
	struct shared *shared;
	struct request r;

	if (kind != POOL_RECIPIENTS) {
		g = role_begin("courier", slot, &shared);
		if (g == NULL)
			return EXIT_FAILURE;
	} else {
		role_ignore_signals();
		signal(SIGCHLD, SIG_DFL);
		log_process("courier");
	}
	while (next_request(pool_fds[kind], &r)) {
		if (kind == POOL_RECIPIENTS) {
			hand_on(slot, &r);
			continue;
		}
		serve(g, kind, &r);
		close_request(&r);
	}
	generation_destroy(g);
	return EXIT_SUCCESS;
}

int
role_recipient(unsigned slot)
{
	struct shared *shared;
	struct generation *g;
	struct request r = { .reply = FD_REPLY, .body = FD_BODY };
	ssize_t n = pread(FD_JOB, octets, sizeof(octets), 0);

	if (n <= 0)
		return EXIT_FAILURE;
	g = role_begin("recipient", slot, &shared);
	if (g == NULL)
		return EXIT_FAILURE;
	r.from = (struct unpack){ octets, (size_t)n, false };
	serve(g, POOL_RECIPIENTS, &r);
	generation_destroy(g);
	return EXIT_SUCCESS;
}
