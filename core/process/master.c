/*
 * The master: starts the other processes, and starts them again when they die.
 * It loads no module and reads no mail.
 */
#define _GNU_SOURCE /* sigabbrev_np */
#include "core/process/master.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/process/prepare.h"
#include "core/process/roles.h"
#include "core/process/shared.h"
#include "core/process/watch.h"

enum { SOON_MS = 1000, STOP_MS = 10000, LOOK_MS = 500 };

/* One process: a slot that is filled again when its process dies. */
struct child {
	const char *role; /* "worker", "courier" */
	unsigned number;  /* of the worker; the pool of a courier */
	unsigned slot;
	pid_t pid; /* 0: none now */
	int64_t started;
	int control; /* our end */
	bool is_ready, is_stalled;
	uv_poll_t from_child;
	uv_timer_t again;
};

static struct prepared prepared;
static struct shared *shared;
static int shared_fd;
static int pools[POOLS][2]; /* the end that asks, the end that serves */
static struct child *children;
static size_t n_children;
static uv_loop_t *loop;
static uv_timer_t limit, look;
static struct watch watched;
static bool is_ending, are_couriers_told, has_served, has_failed;

static void start_child(struct child *child);

static bool
is_worker(const struct child *child)
{
	return child->role[0] == 'w';
}

static bool
have_all(bool workers, bool (*is)(const struct child *child))
{
	for (size_t i = 0; i < n_children; i++)
		if (is_worker(&children[i]) == workers && !is(&children[i]))
			return false;
	return true;
}

static bool
is_ready(const struct child *child)
{
	return child->is_ready;
}

static bool
is_gone(const struct child *child)
{
	return child->pid == 0;
}

static void
tell(const struct child *child, char what, int fd)
{
	if (child->pid != 0 &&
	    !packet_send(child->control, (struct vb_str){ &what, 1 }, &fd,
		fd < 0 ? 0 : 1) &&
	    errno != EPIPE)
		log_event(VB_WARNING, "control", "pid=%ld error=%s",
		    (long)child->pid, strerror(errno));
}

static void
tell_all(bool workers, char what)
{
	for (size_t i = 0; i < n_children; i++)
		if (is_worker(&children[i]) == workers)
			tell(&children[i], what, -1);
}

/* Couriers stop when there is no worker left that could ask them. */
static void
stop_couriers(void)
{
	if (are_couriers_told || !have_all(true, is_gone))
		return;
	are_couriers_told = true;
	tell_all(false, CONTROL_STOP);
}

static void
from_child(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct child *child = handle->data;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(child->control, octets, fds);

	(void)status, (void)events;
	if (n <= 0) {
		uv_poll_stop(handle);
		return;
	}
	child->is_ready = child->is_ready || octets[0] == CONTROL_READY;
	if (!has_served && have_all(true, is_ready)) {
		has_served = true;
		log_event(VB_NOTICE, "ready", "workers=%d couriers=%d user=%s",
		    prepared.top.process.workers, prepared.top.process.couriers,
		    prepared.is_root ? prepared.account.name : "(ours)");
	}
}

static void
start_again(uv_timer_t *timer)
{
	start_child(timer->data);
}

static void
end_loop(void)
{
	for (size_t i = 0; i < n_children; i++)
		if (children[i].pid != 0)
			kill(children[i].pid, SIGKILL);
	uv_stop(loop);
}

static void
out_of_patience(uv_timer_t *timer)
{
	(void)timer;
	log_event(VB_WARNING, "killing", "what is left after %d seconds",
	    STOP_MS / 1000);
	end_loop();
}

/* Workers first: they need the couriers to finish what they have begun. */
static void
end(bool now)
{
	if (is_ending && !now)
		return;
	is_ending = true;
	tell_all(true, now ? CONTROL_STOP : CONTROL_FINISH);
	if (now)
		uv_timer_start(&limit, out_of_patience, STOP_MS, 0);
	stop_couriers();
}

static void
log_death(const struct child *child, int status)
{
	char text[160] = "";

	where_tell(&shared->where[child->slot], text, sizeof(text));
	if (WIFSIGNALED(status))
		log_event(VB_ERROR, "died", "process=%s[%ld] signal=SIG%s %s",
		    child->role, (long)child->pid,
		    sigabbrev_np(WTERMSIG(status)), text);
	else
		log_event(WEXITSTATUS(status) == 0 ? VB_INFO : VB_ERROR,
		    "exited", "process=%s[%ld] code=%d %s", child->role,
		    (long)child->pid, WEXITSTATUS(status), text);
}

/* A worker that module code holds serves nobody. */
static void
look_after(uv_timer_t *timer)
{
	int64_t ms = prepared.top.process.stall_timeout.value * 1000;

	(void)timer;
	for (size_t i = 0; i < n_children; i++) {
		struct child *child = &children[i];

		if (!is_worker(child) || child->pid == 0 ||
		    !watch_stalls(&watched, shared, child->slot, ms))
			continue;
		log_event(VB_ERROR, "stalled", "process=worker[%ld]",
		    (long)child->pid);
		child->is_stalled = true;
		kill(child->pid, SIGKILL);
	}
}

/* Did module code end this process? SIGKILL comes from somebody else: from us,
   or for want of memory, or because a delivery took too long. */
static bool
is_crash(const struct child *child, int status)
{
	return WIFSIGNALED(status) &&
	       (child->is_stalled || WTERMSIG(status) != SIGKILL);
}

static void
forget(struct child *child)
{
	child->pid = 0;
	child->is_ready = child->is_stalled = false;
	uv_poll_stop(&child->from_child);
	uv_close((uv_handle_t *)&child->from_child, NULL);
	if (is_worker(child))
		tally_forget(&shared->tally, child->number);
}

static void
reaped(struct child *child, int status)
{
	bool soon = clock_steady_ms() - child->started > SOON_MS;

	if (!is_ending || WIFSIGNALED(status) || WEXITSTATUS(status) != 0)
		log_death(child, status);
	if (is_crash(child, status))
		watch_died(&watched, shared, child->slot);
	forget(child);
	if (is_ending) {
		stop_couriers();
		if (have_all(true, is_gone) && have_all(false, is_gone))
			end_loop();
		return;
	}
	if (!has_served && is_worker(child)) {
		has_failed = true;
		end(true);
		return;
	}
	uv_timer_start(&child->again, start_again, soon ? 0 : SOON_MS, 0);
}

static void
child_signal(uv_signal_t *handle, int number)
{
	int status;

	(void)handle, (void)number;
	for (size_t i = 0; i < n_children; i++)
		if (children[i].pid != 0 &&
		    waitpid(children[i].pid, &status, WNOHANG) > 0)
			reaped(&children[i], status);
}

static void
stop_signal(uv_signal_t *handle, int number)
{
	(void)handle;
	log_event(VB_NOTICE, "stopping", "signal=SIG%s", sigabbrev_np(number));
	end(number != SIGQUIT);
}

static void
reload_signal(uv_signal_t *handle, int number)
{
	(void)handle, (void)number;
	log_event(VB_WARNING, "no-reload",
	    "signal=SIGHUP: start the server again to change its "
	    "configuration");
}

static void
log_signal(uv_signal_t *handle, int number)
{
	(void)handle, (void)number;
	if (!prepare_log(&prepared))
		return;
	for (size_t i = 0; i < n_children; i++)
		tell(&children[i], CONTROL_LOG, STDERR_FILENO);
	log_event(VB_NOTICE, "log-opened", "signal=SIGUSR1");
}

static pid_t
spawn(const struct child *child, int control)
{
	char role[16], slot[16], number[16];
	char *argv[] = { (char[]){ "verbena" }, role, slot, number, NULL };
	bool worker = is_worker(child);
	bool as_root = !worker && child->number == POOL_RECIPIENTS;
	int fds[SPAWN_FDS] = { control, prepared.snapshot, shared_fd };
	size_t n = FD_LISTEN - FD_CONTROL;
	struct spawn spawn = { argv, fds, n,
		prepared.is_root && !as_root ? &prepared.account : NULL,
		false };

	snprintf(role, sizeof(role), "@%s", child->role);
	snprintf(slot, sizeof(slot), "%u", child->slot);
	snprintf(number, sizeof(number), "%u", child->number);
	for (int kind = 0; kind < POOLS; kind++) {
		bool has = worker || kind == (int)child->number;

		if (kind == POOL_RECIPIENTS && !prepared.needs_recipients)
			has = false;
		fds[FD_DELIVERIES - FD_CONTROL + kind] =
		    has ? pools[kind][worker ? 0 : 1] : -1;
	}
	for (size_t i = 0; worker && i < prepared.n_listeners; i++)
		fds[spawn.n_fds++] = prepared.listeners[i];
	return process_spawn(&spawn);
}

static void
start_child(struct child *child)
{
	int control[2];

	if (is_ending)
		return;
	if (child->started != 0)
		close(child->control);
	if (!packet_pair(control)) {
		log_event(
		    VB_ERROR, "cannot-start", "error=%s", strerror(errno));
		uv_timer_start(&child->again, start_again, SOON_MS, 0);
		return;
	}
	child->control = control[0];
	child->started = clock_steady_ms();
	child->pid = spawn(child, control[1]);
	close(control[1]);
	if (child->pid < 0) {
		child->pid = 0;
		log_event(
		    VB_ERROR, "cannot-start", "error=%s", strerror(errno));
		uv_timer_start(&child->again, start_again, SOON_MS, 0);
		return;
	}
	child->from_child.data = child;
	uv_poll_init(loop, &child->from_child, child->control);
	uv_poll_start(
	    &child->from_child, UV_READABLE | UV_DISCONNECT, from_child);
}

static void
add_children(const char *role, int n, unsigned number, bool counts)
{
	for (int i = 0; i < n; i++) {
		struct child *child = &children[n_children];

		child->role = role;
		child->number = counts ? (unsigned)i : number;
		child->slot = (unsigned)n_children++;
		child->again.data = child;
		uv_timer_init(loop, &child->again);
	}
}

static void
make_children(void)
{
	const struct process_conf *conf = &prepared.top.process;
	bool root = prepared.needs_recipients && prepared.is_root;

	children = must_alloc(SHARED_PROCESSES * sizeof(*children));
	add_children("worker", conf->workers, 0, true);
	add_children("courier", conf->couriers, POOL_DELIVERIES, false);
	add_children("courier", conf->lookups, POOL_ANSWERS, false);
	if (root)
		add_children("courier", conf->couriers, POOL_RECIPIENTS, false);
	for (size_t i = 0; i < n_children; i++)
		start_child(&children[i]);
}

static void
watch(int number, uv_signal_cb call)
{
	uv_signal_t *handle = must_alloc(sizeof(*handle));

	uv_signal_init(loop, handle);
	uv_signal_start(handle, call, number);
}

static void
raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static bool
prepare(const char *file)
{
	if (!prepare_check(&prepared, file) || !prepare_run(&prepared))
		return false;
	if (prepared.needs_recipients && !prepared.is_root) {
		fprintf(stderr,
		    "%s: as = \"recipient\" needs a server that is started by "
		    "root\n",
		    file);
		return false;
	}
	shared = shared_create(&shared_fd);
	for (int kind = 0; shared != NULL && kind < POOLS; kind++)
		if (!packet_pair(pools[kind]))
			shared = NULL;
	if (shared == NULL)
		perror("verbena: cannot share memory and sockets");
	return shared != NULL;
}

int
master_check(const char *file)
{
	return prepare_check(&prepared, file) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
master_run(const char *file)
{
	raise_file_limit();
	if (!prepare(file))
		return EXIT_FAILURE;
	loop = uv_default_loop();
	log_process("master");
	signal(SIGPIPE, SIG_IGN);
	watch(SIGCHLD, child_signal);
	watch(SIGTERM, stop_signal);
	watch(SIGINT, stop_signal);
	watch(SIGQUIT, stop_signal);
	watch(SIGHUP, reload_signal);
	watch(SIGUSR1, log_signal);
	uv_timer_init(loop, &limit);
	uv_timer_init(loop, &look);
	uv_timer_start(&look, look_after, LOOK_MS, LOOK_MS);
	make_children();
	uv_run(loop, UV_RUN_DEFAULT);
	prepare_undo(&prepared);
	log_event(VB_NOTICE, "stopped", "%s",
	    has_failed ? "could not start" : "as asked");
	return has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
