/* The queue's process: what it is told, and when it ends. */
#include "core/process/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/io/queue_lock.h"
#include "core/process/ids.h"
#include "core/process/keeping.h"
#include "core/process/notices.h"
#include "core/process/remote.h"
#include "core/process/role.h"

/* So many messages are read in one turn, between which others get theirs; and
   notices are looked at no more often than each PACE_MS. Each would only tell
   of a few messages more, while workers wait for the processor. */
enum { LOOK_MS = 1000, READ_MOST = 256, PACE_MS = 2 };

static struct queue queue;
static uv_poll_t control, notices;
static uv_timer_t look, pace;

/* Workers are gone before we are told to stop: an errand that none of them took
   waits for nobody. */
static void
stop_if_idle(struct queue *q)
{
	size_t going = q->parking + q->n_collections;

	for (int pair = 0; pair < PAIRS; pair++)
		if (pair != PAIR_REMOTE)
			going += q->going[pair];
	if (q->pools[PAIR_REMOTE] != NULL)
		going += pool_taken(q->pools[PAIR_REMOTE]);
	if (q->is_stopping && going == 0 && journal_is_idle(q->journal))
		uv_stop(q->loop);
}

/* A mailbox gets more than goes into it, and much does: what the journal has
   besides waits for that, which takes less than to put it elsewhere. */
static bool
is_flooded(const struct queue *q)
{
	for (int pair = 0; pair < PAIRS; pair++)
		if (lanes_are_flooded(&q->lanes[pair], clock_steady_ms()))
			return true;
	return false;
}

static void
read_some(struct queue *q)
{
	size_t room = q->mails.n < QUEUE_MOST ? QUEUE_MOST - q->mails.n : 0;

	if (room > READ_MOST)
		room = READ_MOST;
	if (room > 0 && !is_flooded(q) && intray_read(&q->intray, room) == room)
		queue_turn(q);
}

static void
turn_ended(uv_idle_t *turn)
{
	struct queue *q = turn->data;

	uv_idle_stop(turn);
	queue_look_at_noted(q);
	if (!q->is_stopping) {
		read_some(q);
		queue_dispatch(q);
	}
	queue_write_parked(q);
	queue_answer_kept(q);
	queue_go_on_collecting(q);
	stop_if_idle(q);
}

void
queue_turn(struct queue *q)
{
	uv_idle_start(&q->turn, turn_ended);
}

static void
soon(uv_timer_t *timer)
{
	queue_turn(timer->data);
}

/* How far the journal is, or a question, with a descriptor for the answer. */
static void
take_notice(struct queue *q, struct vb_str octets, const int fds[PACKET_FDS])
{
	struct notice n;

	if (fds[1] >= 0)
		close(fds[1]);
	if (fds[0] >= 0)
		queue_kept_asked(q, octets, fds[0]);
	else if (notice_read(octets, &n))
		ledger_tell(&q->ledger, n.incarnation, n.end, n.is_sealed != 0);
}

static void look_for_notices(uv_timer_t *timer);

static void
noticed(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct queue *q = handle->data;
	int fds[PACKET_FDS];
	ssize_t got;

	(void)status, (void)events;
	while ((got = packet_receive(fd_pair(PAIR_NOTICES), octets, fds)) > 0)
		take_notice(q, (struct vb_str){ octets, (size_t)got }, fds);
	queue_turn(q);
	uv_poll_stop(handle);
	uv_timer_start(&pace, look_for_notices, PACE_MS, 0);
}

static void
look_for_notices(uv_timer_t *timer)
{
	(void)timer;
	uv_poll_start(&notices, UV_READABLE, noticed);
}

/* Our own journal: what we write, we read as all the rest. */
static void
advanced(void *data, uint64_t incarnation, uint64_t end, bool is_sealed)
{
	struct queue *q = data;

	ledger_tell(&q->ledger, incarnation, end, is_sealed);
	queue_turn(q);
}

static void
controlled(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct queue *q = handle->data;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(FD_CONTROL, octets, fds);

	(void)status, (void)events;
	if (n < 0)
		return;
	if (n == 0)
		uv_poll_stop(handle);
	if (n > 0 && role_take_log(octets[0], fds[0]))
		return;
	if (n > 0 && octets[0] == CONTROL_ASK)
		queue_asked(
		    q, (struct vb_str){ octets + 1, (size_t)n - 1 }, fds[0]);
	if (n > 0 && octets[0] == CONTROL_GONE)
		ledger_look(&q->ledger);
	if (n == 0 || octets[0] == CONTROL_STOP || octets[0] == CONTROL_FINISH)
		q->is_stopping = true;
	queue_turn(q);
}

static void
look_around(uv_timer_t *timer)
{
	struct queue *q = timer->data;

	ledger_look_again(&q->ledger);
	queue_look_for_old(q);
	queue_unpark_due(q);
	queue_sweep(q);
	queue_turn(q);
}

static void
open_pools(struct queue *q)
{
	const struct process_conf *conf = &q->g->top.process;

	for (int pair = 0; pair < PAIRS; pair++)
		lanes_open(&q->lanes[pair], q->g->sites->n);
	q->most[PAIR_DELIVERIES] = (unsigned)conf->couriers;
	q->most[PAIR_RECIPIENTS] = (unsigned)conf->couriers;
	q->most[PAIR_REMOTE] = (unsigned)conf->workers * REMOTE_MOST;
	for (int pair = 0; pair < PAIR_NOTICES; pair++)
		if (role_has_fd(fd_pair((enum pair)pair)))
			q->pools[pair] = pool_create(
			    q->loop, fd_pair((enum pair)pair));
}

static bool
open_dirs(struct queue *q)
{
	const struct process_conf *conf = &q->g->top.process;

	q->journal_dir = role_state_dir(conf, "journal");
	q->large_dir = role_state_dir(conf, "large");
	q->parked_dir = role_state_dir(conf, "queue");
	return q->journal_dir >= 0 && q->large_dir >= 0 && q->parked_dir >= 0 &&
	       queue_lock_alone(q->parked_dir) && queue_parked_open(q) &&
	       ledger_open(&q->ledger, q->loop, q->journal_dir);
}

static void
open_journal(struct queue *q)
{
	const struct journal_settings settings = {
		.loop = q->loop,
		.dir = q->journal_dir,
		.limits = settings_queue_segments(&q->g->top.process),
		.advanced = advanced,
		.data = q,
	};

	q->journal = journal_create(&settings);
	q->intray = (struct intray){
		.ledger = &q->ledger,
		.sites = q->g->sites,
		.arrived = queue_arrived,
		.data = q,
	};
	intray_open(&q->intray);
}

static void
watch(struct queue *q)
{
	uv_idle_init(q->loop, &q->turn);
	uv_timer_init(q->loop, &q->soon);
	uv_timer_init(q->loop, &look);
	uv_timer_init(q->loop, &pace);
	uv_poll_init(q->loop, &control, FD_CONTROL);
	uv_poll_init(q->loop, &notices, fd_pair(PAIR_NOTICES));
	q->turn.data = q->soon.data = look.data = control.data = notices.data =
	    q;
	uv_poll_start(&control, UV_READABLE | UV_DISCONNECT, controlled);
	look_for_notices(&pace);
	uv_timer_start(&look, look_around, LOOK_MS, LOOK_MS);
}

static bool
start(struct queue *q)
{
	char ready = CONTROL_READY;

	q->loop = uv_default_loop();
	if (!open_dirs(q)) {
		log_event(VB_ERROR, "cannot-start", "state_dir: error=%s",
		    strerror(errno));
		return false;
	}
	open_pools(q);
	watch(q);
	open_journal(q);
	queue_turn(q);
	return packet_send(FD_CONTROL, (struct vb_str){ &ready, 1 }, NULL, 0);
}

void
queue_dispatch_in(struct queue *q, uint64_t ms)
{
	uv_timer_start(&q->soon, soon, ms, 0);
}

int
role_queue(unsigned slot)
{
	struct shared *shared;

	queue.g = role_begin("queue", slot, &shared);
	if (queue.g == NULL)
		return EXIT_FAILURE;
	id_open(atomic_fetch_add(&shared->tags, 1));
	if (!start(&queue))
		return EXIT_FAILURE;
	uv_run(queue.loop, UV_RUN_DEFAULT);
	return EXIT_SUCCESS;
}
