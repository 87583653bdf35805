/*
 * A worker: a loop with listeners, connections and a line to the master.
 *
 * Listening descriptors are inherited and shared with the other workers: there
 * is no connection that the death of one could lose in a queue of its own.
 */
#include "core/process/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/io/listen.h"
#include "core/io/packet.h"
#include "core/io/urgency.h"
#include "core/process/connection.h"
#include "core/process/ids.h"
#include "core/process/role.h"
#include "core/process/roles.h"

enum { BACKLOG = 1024, GRACE_MS = 5000 };

struct listener {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} in;
	struct worker *worker;
	const struct site *site;
	bool is_unix;
};

static struct worker worker;
static struct listener *listeners;
static size_t n_listeners;
static uv_poll_t control;
static uv_timer_t grace;

static void
has_client(uv_stream_t *stream, int status)
{
	struct listener *l = stream->data;

	if (status < 0)
		log_event(
		    VB_WARNING, "accept", "error=%s", uv_strerror(status));
	else
		connection_accept(l->worker, stream, l->site, l->is_unix);
}

static bool
listen_on(
    struct listener *l, int fd, const struct site *site, struct vb_str text)
{
	struct listen_address at;

	l->worker = &worker;
	l->site = site;
	l->is_unix = listen_parse(text, &at) == NULL &&
	             at.address.ss_family == AF_UNIX;
	l->in.handle.data = l;
	if (l->is_unix) {
		uv_pipe_init(worker.loop, &l->in.pipe, 0);
		uv_pipe_open(&l->in.pipe, fd);
	} else {
		uv_tcp_init(worker.loop, &l->in.tcp);
		uv_tcp_open(&l->in.tcp, fd);
	}
	l->in.handle.data = l;
	return uv_listen(&l->in.stream, BACKLOG, has_client) == 0;
}

/* Descriptors come in the order of the sites and of their `listen`. */
static bool
open_listeners(void)
{
	const struct sites *sites = worker.generation->sites;
	int fd = FD_LISTEN;

	for (size_t i = 0; i < sites->n; i++)
		n_listeners += sites->items[i].conf.listen.n;
	listeners = must_alloc(n_listeners * sizeof(*listeners));
	for (size_t i = 0, k = 0; i < sites->n; i++) {
		const struct vb_strings *at = &sites->items[i].conf.listen;

		for (size_t j = 0; j < at->n; j++)
			if (!listen_on(&listeners[k++], fd++, &sites->items[i],
				at->items[j]))
				return false;
	}
	return true;
}

static void
close_listeners(void)
{
	for (size_t i = 0; i < n_listeners; i++)
		if (!uv_is_closing(&listeners[i].in.handle))
			uv_close(&listeners[i].in.handle, NULL);
}

static void
stop_if_idle(void *data)
{
	const struct worker *w = data;

	if (w->is_finishing && w->connections == 0 && intake_count() == 0 &&
	    remote_count(w->remote) == 0)
		uv_stop(w->loop);
}

static void
grace_ended(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void
begin_end(bool now)
{
	worker.is_finishing = true;
	close_listeners();
	remote_finish(worker.remote);
	if (now) {
		connections_shut_down(&worker, true);
		uv_timer_start(&grace, grace_ended, GRACE_MS, 0);
	}
	stop_if_idle(&worker);
}

static void
controlled(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(FD_CONTROL, octets, fds);

	(void)status, (void)events;
	if (n < 0)
		return;
	if (n == 0) { /* the master is gone */
		uv_poll_stop(handle);
		begin_end(true);
		return;
	}
	if (role_take_log(octets[0], fds[0]))
		return;
	if (octets[0] == CONTROL_DROP)
		remote_abandon(worker.remote);
	if (octets[0] == CONTROL_TELL)
		journal_tell(worker.intake.journal);
	if (octets[0] == CONTROL_STOP || octets[0] == CONTROL_FINISH)
		begin_end(octets[0] == CONTROL_STOP);
}

static void
advanced(void *data, uint64_t incarnation, uint64_t end, bool is_sealed)
{
	const struct notice notice = { incarnation, end, is_sealed };

	notices_tell(data, &notice);
}

/* The directories that a worker writes to. */
struct dirs {
	int journal, large, spool;
};

static bool
open_dirs(struct dirs *dirs, const struct process_conf *conf)
{
	dirs->journal = role_state_dir(conf, "journal");
	dirs->large = role_state_dir(conf, "large");
	dirs->spool = role_state_dir(conf, "spool");
	if (dirs->journal >= 0 && dirs->large >= 0 && dirs->spool >= 0)
		return true;
	log_event(
	    VB_ERROR, "cannot-start", "state_dir: error=%s", strerror(errno));
	return false;
}

static struct intake_settings
intake(const struct process_conf *conf, const struct dirs *dirs)
{
	const struct journal_settings settings = {
		.loop = worker.loop,
		.dir = dirs->journal,
		.limits = settings_segments(conf),
		.advanced = advanced,
		.data = worker.notices,
	};

	return (struct intake_settings){
		.loop = worker.loop,
		.journal = journal_create(&settings),
		.large_dir = dirs->large,
		.reserve = conf->reserve.value,
		.ended = stop_if_idle,
		.data = &worker,
	};
}

static void
adopt(void *data, struct channel *channel, struct vb_str site,
    struct destination *by)
{
	connection_adopt(data, channel, site, by);
}

static bool
start(const struct generation *g, struct shared *shared, unsigned number)
{
	struct dirs dirs;

	if (!open_dirs(&dirs, &g->top.process))
		return false;
	worker.loop = uv_default_loop();
	worker.generation = g;
	worker.shared = shared;
	worker.number = number;
	id_open(atomic_fetch_add(&shared->tags, 1));
	worker.connection_ended = stop_if_idle;
	worker.notices = notices_create(worker.loop, fd_pair(PAIR_NOTICES));
	worker.intake = intake(&g->top.process, &dirs);
	worker.spool_dir = dirs.spool;
	worker.answers = pool_create(worker.loop, fd_pair(PAIR_ANSWERS));
	worker.terminals = pool_create(worker.loop, fd_pair(PAIR_TERMINALS));
	worker.remote = remote_create(worker.loop, g,
	    &(struct remote_user){
		.ended = stop_if_idle, .turned = adopt, .data = &worker });
	uv_timer_init(worker.loop, &grace);
	uv_poll_init(worker.loop, &control, FD_CONTROL);
	uv_poll_start(&control, UV_READABLE | UV_DISCONNECT, controlled);
	return worker.remote != NULL && open_listeners();
}

/* Without it all works, only slower when there is much to do. */
static void
tell_urgency(int wanted)
{
	if (urgency_nice() > wanted)
		log_event(VB_INFO, "priority",
		    "nice=%d worker_nice=%d: that takes CAP_SYS_NICE",
		    urgency_nice(), wanted);
}

int
role_worker(unsigned slot, unsigned number)
{
	struct shared *shared;
	const struct generation *g = role_begin("worker", slot, &shared);
	char ready = CONTROL_READY;

	if (g == NULL || !start(g, shared, number))
		return EXIT_FAILURE;
	tell_urgency(g->top.process.worker_nice);
	if (!packet_send(FD_CONTROL, (struct vb_str){ &ready, 1 }, NULL, 0))
		return EXIT_FAILURE;
	uv_run(worker.loop, UV_RUN_DEFAULT);
	return EXIT_SUCCESS;
}
