/* One child of the master: started, told, mourned, started again. */
#define _GNU_SOURCE /* sigabbrev_np */
#include "core/process/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/packet.h"

enum { SOON_MS = 1000, WORKER_SLICE_US = 100 };

bool
nursery_open(struct nursery *n, uv_loop_t *loop)
{
	n->loop = loop;
	n->shared = shared_create(&n->shared_fd);
	for (int pair = 0; n->shared != NULL && pair < PAIRS; pair++)
		if (!packet_pair(n->pairs[pair]))
			return false;
	return n->shared != NULL;
}

bool
nursery_renew(struct nursery *n, enum pair pair)
{
	int fresh[2];

	if (!packet_pair(fresh))
		return false;
	close(n->pairs[pair][0]);
	close(n->pairs[pair][1]);
	memcpy(n->pairs[pair], fresh, sizeof(fresh));
	return true;
}

const char *
child_role(const struct child *child)
{
	static const char *const roles[] = {
		[CHILD_QUEUE] = "queue",
		[CHILD_WORKER] = "worker",
		[CHILD_COURIER] = "courier",
	};

	return roles[child->kind];
}

bool
child_is_postman(const struct child *child)
{
	return child->kind == CHILD_COURIER &&
	       (child->number == PAIR_DELIVERIES ||
		   child->number == PAIR_RECIPIENTS);
}

void
child_tell(const struct child *child, char what, int fd)
{
	if (child->pid != 0 &&
	    !packet_send(child->control, (struct vb_str){ &what, 1 }, &fd,
		fd < 0 ? 0 : 1) &&
	    errno != EPIPE)
		log_event(VB_WARNING, "control", "pid=%ld error=%s",
		    (long)child->pid, strerror(errno));
}

bool
child_hand(const struct child *child, char what, struct vb_str more, int fd)
{
	struct buffer octets = { 0 };
	bool ok;

	buffer_add(&octets, &what, 1);
	buffer_add_str(&octets, more);
	ok = packet_send(child->control, buffer_str(&octets), &fd, 1);
	buffer_finish(&octets);
	return ok;
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
	child->nursery->ready(child);
}

/* The end of a pair that a child gets, or -1. */
static int
end_for(const struct child *child, enum pair pair)
{
	static const int ends[][PAIRS] = {
		[CHILD_QUEUE] = { 0, 0, 0, -1, 0, 1 },
		[CHILD_WORKER] = { -1, -1, 0, 0, 1, 0 },
	};
	const struct nursery *of = child->nursery;
	int end = pair == child->number ? 1 : -1;

	if (pair == PAIR_RECIPIENTS && !of->prepared->checked.needs_recipients)
		return -1;
	if (child->kind != CHILD_COURIER)
		end = ends[child->kind][pair];
	return end < 0 ? -1 : of->pairs[pair][end];
}

/* Whom it becomes; NULL: it stays who we are. */
static const struct account *
account_for(const struct child *child)
{
	const struct prepared *p = child->nursery->prepared;

	if (!p->is_root ||
	    (child->kind == CHILD_COURIER && child->number == PAIR_RECIPIENTS))
		return NULL;
	if (child->kind == CHILD_COURIER && child->number == PAIR_TERMINALS)
		return &p->writer;
	return &p->account;
}

/* NULL: as we are. */
static const struct urgency *
urgency_for(const struct child *child, struct urgency *room)
{
	const struct process_conf *conf =
	    &child->nursery->prepared->top.process;

	*room = (struct urgency){ .nice = conf->courier_nice };
	if (child->kind == CHILD_WORKER)
		*room = (struct urgency){ conf->worker_nice, WORKER_SLICE_US };
	return child->kind == CHILD_WORKER || child_is_postman(child) ? room
	                                                              : NULL;
}

static pid_t
spawn(const struct child *child, int control)
{
	const struct nursery *of = child->nursery;
	const struct prepared *p = of->prepared;
	char role[16], slot[16], number[16];
	char *argv[] = { (char[]){ "verbena" }, role, slot, number, NULL };
	int fds[SPAWN_FDS] = { control, p->snapshot, of->shared_fd };
	struct urgency urgency;
	struct spawn spawn = { .argv = argv,
		.fds = fds,
		.n_fds = FD_LISTEN - FD_CONTROL,
		.become = account_for(child),
		.urgency = urgency_for(child, &urgency) };

	snprintf(role, sizeof(role), "@%s", child_role(child));
	snprintf(slot, sizeof(slot), "%u", child->slot);
	snprintf(number, sizeof(number), "%u", child->number);
	for (int pair = 0; pair < PAIRS; pair++)
		fds[FD_PAIRS - FD_CONTROL + pair] = end_for(
		    child, (enum pair)pair);
	for (size_t i = 0; child->kind == CHILD_WORKER && i < p->listeners.n;
	     i++)
		fds[spawn.n_fds++] = p->listeners.fds[i];
	return process_spawn(&spawn);
}

static void
start(struct child *child)
{
	int control[2];

	if (child->nursery->is_closed)
		return;
	if (!packet_pair(control)) {
		log_event(
		    VB_ERROR, "cannot-start", "error=%s", strerror(errno));
		child_start_in(child, SOON_MS);
		return;
	}
	if (child->started != 0)
		close(child->control);
	child->control = control[0];
	child->started = clock_steady_ms();
	memset(&child->nursery->shared->where[child->slot], 0,
	    sizeof(struct where)); /* what the one before was in is told */
	child->pid = spawn(child, control[1]);
	close(control[1]);
	if (child->pid < 0) {
		child->pid = 0;
		log_event(
		    VB_ERROR, "cannot-start", "error=%s", strerror(errno));
		child_start_in(child, SOON_MS);
		return;
	}
	child->from_child.data = child;
	uv_poll_init(child->nursery->loop, &child->from_child, child->control);
	uv_poll_start(
	    &child->from_child, UV_READABLE | UV_DISCONNECT, from_child);
}

static void
start_again(uv_timer_t *timer)
{
	start(timer->data);
}

void
child_start_in(struct child *child, uint64_t ms)
{
	uv_timer_start(&child->again, start_again, ms, 0);
}

void
child_log_death(const struct child *child, int status)
{
	char text[160] = "";

	where_tell(
	    &child->nursery->shared->where[child->slot], text, sizeof(text));
	if (WIFSIGNALED(status))
		log_event(VB_ERROR, "died", "process=%s[%ld] signal=SIG%s %s",
		    child_role(child), (long)child->pid,
		    sigabbrev_np(WTERMSIG(status)), text);
	else
		log_event(WEXITSTATUS(status) == 0 ? VB_INFO : VB_ERROR,
		    "exited", "process=%s[%ld] code=%d %s", child_role(child),
		    (long)child->pid, WEXITSTATUS(status), text);
}

bool
child_has_crashed(const struct child *child, int status)
{
	const struct where *where = &child->nursery->shared->where[child->slot];

	if (!WIFSIGNALED(status))
		return where_module(where) >= 0;
	return child->is_stalled || WTERMSIG(status) != SIGKILL;
}

void
child_forget(struct child *child)
{
	child->pid = 0;
	child->is_ready = child->is_stalled = false;
	uv_poll_stop(&child->from_child);
	uv_close((uv_handle_t *)&child->from_child, NULL);
	if (child->kind == CHILD_WORKER)
		tally_forget(&child->nursery->shared->tally, child->number);
}
