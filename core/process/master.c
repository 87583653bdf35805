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
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/notify.h"
#include "core/process/child.h"
#include "core/process/control.h"
#include "core/process/family.h"
#include "core/process/prepare.h"
#include "core/process/roles.h"
#include "core/process/status.h"
#include "core/process/watch.h"

enum { SOON_MS = 1000, STOP_MS = 10000, LOOK_MS = 500 };

static struct prepared prepared;
static struct nursery nursery;
static struct family family;
static uv_timer_t limit, look;
static struct watch watched;
static int64_t started; /* seconds since 1970 */
static bool is_ending, has_served, has_failed;

/* Who is told to stop, one kind after the other, and how far that is. */
static const enum child_kind stops[] = { CHILD_WORKER, CHILD_QUEUE,
	CHILD_COURIER };
enum { LAST = sizeof(stops) / sizeof(stops[0]) - 1 };
static size_t told;

static bool
is_ready(const struct child *child)
{
	return child->is_ready;
}

/* Only the courier that has the terminals opens any. */
static bool
has_sockets_open(const struct child *child)
{
	return child->number != PAIR_TERMINALS || child->is_ready;
}

static bool
is_gone(const struct child *child)
{
	return child->pid == 0;
}

static void
end_loop(void)
{
	family_kill(&family, NULL);
	uv_stop(nursery.loop);
}

/* Each stops when those are gone that could ask it: first workers, then the
   queue, then couriers. */
static void
stop_next(void)
{
	while (told < LAST && family_have_all(&family, stops[told], is_gone))
		family_tell(&family, stops[++told], CONTROL_STOP);
	if (told == LAST && family_have_all(&family, stops[LAST], is_gone))
		end_loop();
}

/* Nobody works for a queue that is gone: its couriers are killed, what it asked
   for is forgotten. */
static void
queue_died(void)
{
	family_kill(&family, child_is_postman);
	family_tell(&family, CHILD_WORKER, CONTROL_DROP);
	if (!nursery_renew(&nursery, PAIR_DELIVERIES) ||
	    !nursery_renew(&nursery, PAIR_RECIPIENTS))
		log_event(
		    VB_ERROR, "cannot-start", "error=%s", strerror(errno));
}

/* The queue first: it puts the journal in order before others write to it, and
   says that it is ready when no courier of an earlier one is left. */
static void
became_ready(const struct child *child)
{
	if (child->kind == CHILD_QUEUE) {
		family_start_others(&family);
		family_tell(&family, CHILD_WORKER, CONTROL_TELL);
	}
	if (has_served || !family_have_all(&family, CHILD_WORKER, is_ready) ||
	    !family_have_all(&family, CHILD_COURIER, has_sockets_open))
		return;
	has_served = true;
	notify_manager("READY=1");
	log_event(VB_NOTICE, "ready", "workers=%d couriers=%d user=%s",
	    prepared.top.process.workers, prepared.top.process.couriers,
	    prepared.is_root ? prepared.account.name : "(ours)");
}

static void
out_of_patience(uv_timer_t *timer)
{
	(void)timer;
	log_event(VB_WARNING, "killing", "what is left after %d seconds",
	    STOP_MS / 1000);
	end_loop();
}

static void
end(bool now)
{
	if (is_ending && !now)
		return;
	is_ending = nursery.is_closed = true;
	notify_manager("STOPPING=1");
	listeners_close(&prepared.listeners);
	family_tell(&family, CHILD_WORKER, now ? CONTROL_STOP : CONTROL_FINISH);
	if (now)
		uv_timer_start(&limit, out_of_patience, STOP_MS, 0);
	stop_next();
}

/* A worker that module code holds serves nobody. */
static void
look_after(uv_timer_t *timer)
{
	int64_t ms = prepared.top.process.stall_timeout.value * 1000;

	(void)timer;
	for (size_t i = 0; i < family.n; i++) {
		struct child *child = &family.members[i];

		if (child->kind != CHILD_WORKER || child->pid == 0 ||
		    !watch_stalls(&watched, nursery.shared, child->slot, ms))
			continue;
		log_event(VB_ERROR, "stalled", "process=worker[%ld]",
		    (long)child->pid);
		child->is_stalled = true;
		kill(child->pid, SIGKILL);
	}
}

/* Couriers of the queue wait until it is ready; that starts them. */
static bool
may_start(const struct child *child)
{
	return !child_is_postman(child) ||
	       family_have_all(&family, CHILD_QUEUE, is_ready);
}

static void
reaped(struct child *child, int status)
{
	bool soon = clock_steady_ms() - child->started > SOON_MS;

	if (!is_ending || WIFSIGNALED(status) || WEXITSTATUS(status) != 0)
		child_log_death(child, status);
	if (child_has_crashed(child, status))
		watch_died(&watched, nursery.shared, child->slot);
	child_forget(child);
	if (is_ending) {
		stop_next();
		return;
	}
	if (!has_served && child->kind != CHILD_COURIER) {
		has_failed = true;
		end(true);
		return;
	}
	if (child->kind == CHILD_QUEUE)
		queue_died();
	if (child->kind == CHILD_WORKER)
		family_tell(&family, CHILD_QUEUE, CONTROL_GONE);
	if (may_start(child))
		child_start_in(child, soon ? 0 : SOON_MS);
}

static void
child_signal(uv_signal_t *handle, int number)
{
	int status;

	(void)handle, (void)number;
	for (size_t i = 0; i < family.n; i++)
		if (family.members[i].pid != 0 &&
		    waitpid(family.members[i].pid, &status, WNOHANG) > 0)
			reaped(&family.members[i], status);
}

static void
stop_signal(uv_signal_t *handle, int number)
{
	(void)handle;
	log_event(VB_NOTICE, "stopping", "signal=SIG%s", sigabbrev_np(number));
	end(number != SIGQUIT);
}

static void
describe(struct buffer *to)
{
	const struct status status = { family.members, family.n, started,
		has_served, is_ending };

	status_write(to, &status);
}

static bool
ask_queue(struct vb_str words, int fd)
{
	const struct child *queue = family_queue(&family);

	errno = ESRCH;
	return queue->is_ready && child_hand(queue, CONTROL_ASK, words, fd);
}

static const struct control_host control_host = {
	.stop = end,
	.describe = describe,
	.hand_over = ask_queue,
};

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
	for (size_t i = 0; i < family.n; i++)
		child_tell(&family.members[i], CONTROL_LOG, STDERR_FILENO);
	log_event(VB_NOTICE, "log-opened", "signal=SIGUSR1");
}

static void
watch(int number, uv_signal_cb call)
{
	uv_signal_t *handle = must_alloc(sizeof(*handle));

	uv_signal_init(nursery.loop, handle);
	uv_signal_start(handle, call, number);
}

static bool
prepare(const char *file)
{
	if (!prepare_check(&prepared, file) || !prepare_run(&prepared))
		return false;
	nursery.prepared = &prepared;
	nursery.ready = became_ready;
	if (nursery_open(&nursery, uv_default_loop()))
		return true;
	perror("verbena: cannot share memory and sockets");
	prepare_undo(&prepared);
	return false;
}

int
master_run(const char *file)
{
	process_raise_file_limit();
	if (!prepare(file))
		return EXIT_FAILURE;
	log_process("master");
	signal(SIGPIPE, SIG_IGN);
	prepare_warn(&prepared);
	watch(SIGCHLD, child_signal);
	watch(SIGTERM, stop_signal);
	watch(SIGINT, stop_signal);
	watch(SIGQUIT, stop_signal);
	watch(SIGHUP, reload_signal);
	watch(SIGUSR1, log_signal);
	uv_timer_init(nursery.loop, &limit);
	uv_timer_init(nursery.loop, &look);
	uv_timer_start(&look, look_after, LOOK_MS, LOOK_MS);
	started = clock_wall_us() / 1000000;
	family_make(&family, &nursery);
	child_start_in(family_queue(&family), 0);
	control_serve(nursery.loop, &prepared.control, &control_host);
	uv_run(nursery.loop, UV_RUN_DEFAULT);
	prepare_undo(&prepared);
	log_event(VB_NOTICE, "stopped", "%s",
	    has_failed ? "could not start" : "as asked");
	control_stopped();
	return has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
