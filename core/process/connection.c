/*
 * One connection: octets from a channel into a session and back.
 *
 * Nothing is read while the session wants nothing, or while what it has said
 * waits to be sent: a client that does not read gets no more work out of us.
 */
#include "core/process/connection.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/channel.h"
#include "core/process/admission.h"
#include "core/process/ids.h"
#include "core/process/lookups.h"
#include "core/process/reaches.h"

/* A client that does not take our last words in FAREWELL_MS goes without. */
enum { MOST_UNSENT = 256 * 1024, FAREWELL_MS = 5000 };

struct connection {
	struct channel *channel;
	uv_timer_t deadline;
	struct worker *worker;
	struct connection *next, **link; /* in the worker's list */
	const struct site *site;
	struct admission admission;
	struct session *session; /* NULL once it is over */
	struct spool *spool;     /* the message coming in */
	struct intake *intake;   /* the message being stored */
	struct lookups lookups;
	struct reaches reaches;
	int open; /* channel and timer: both must be closed */
};

/* Both are closed: nobody knows of us any more. */
static void
release(struct connection *c)
{
	struct worker *w = c->worker;

	if (--c->open > 0)
		return;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	free(c);
	w->connections--;
	w->connection_ended(w);
}

static void
channel_closed(void *data)
{
	release(data);
}

static void
deadline_closed(uv_handle_t *handle)
{
	release(handle->data);
}

/* The session is over, or its client is gone. What is being stored goes on. */
static void
end_session(struct connection *c)
{
	if (c->session == NULL)
		return;
	admission_end(&c->admission);
	lookups_forget(&c->lookups);
	reaches_forget(&c->reaches);
	if (c->intake != NULL)
		intake_forget(c->intake);
	session_destroy(c->session);
	c->session = NULL;
	spool_destroy(c->spool);
	c->spool = NULL;
	uv_close((uv_handle_t *)&c->deadline, deadline_closed);
}

static void pump(struct connection *c);

static void
has_passed(uv_timer_t *timer)
{
	struct connection *c = timer->data;

	if (session_is_over(c->session)) {
		end_session(c);
		channel_close(c->channel);
		return;
	}
	session_timeout(c->session);
	pump(c);
}

static void
set_deadline(struct connection *c)
{
	int64_t now = clock_steady_ms();
	int64_t until = session_is_over(c->session)
	                    ? now + FAREWELL_MS
	                    : session_deadline(c->session);

	if (until == INT64_MAX) {
		uv_timer_stop(&c->deadline);
		return;
	}
	uv_update_time(c->worker->loop);
	uv_timer_start(&c->deadline, has_passed,
	    until > now ? (uint64_t)(until - now) : 1, 0);
}

/* Octets that the client has not taken. */
static size_t
unsent(const struct connection *c)
{
	return channel_unsent(c->channel) + session_output(c->session)->n;
}

/* After anything that may have moved the session on. */
static void
pump(struct connection *c)
{
	if (c->session == NULL ||
	    !channel_send(c->channel, session_output(c->session)))
		return;
	if (session_is_over(c->session) && unsent(c) == 0) {
		end_session(c);
		channel_end(c->channel);
		return;
	}
	channel_read(c->channel,
	    session_wants_input(c->session) && unsent(c) < MOST_UNSENT);
	set_deadline(c);
}

static void
take_octets(void *data, struct vb_str octets)
{
	struct connection *c = data;

	session_input(c->session, octets);
	pump(c);
}

static void
has_sent(void *data)
{
	pump(data);
}

static void
is_gone(void *data, int error)
{
	(void)error;
	end_session(data);
}

static const struct channel_user user = {
	.octets = take_octets,
	.sent = has_sent,
	.gone = is_gone,
	.closed = channel_closed,
};

static void
ask(void *host, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query)
{
	struct connection *c = host;

	lookups_ask(&c->lookups, number, scope, module, query);
}

static void
ask_room(void *host, unsigned number, const struct scope *scope,
    const struct vb_found *whom, uint64_t octets)
{
	struct connection *c = host;

	lookups_ask_room(&c->lookups, number, scope, whom, octets);
}

static void
ask_terminals(void *host, unsigned number, const struct reach *what)
{
	struct connection *c = host;

	reaches_ask(&c->reaches, number, what);
}

static void
looked_up(void *data)
{
	pump(data);
}

static void
spool_ready(void *data)
{
	struct connection *c = data;

	session_go_on(c->session);
	pump(c);
}

static bool
take_body(void *host, struct vb_str octets)
{
	struct connection *c = host;

	if (c->spool == NULL)
		c->spool = spool_create(
		    c->worker->loop, c->worker->spool_dir, spool_ready, c);
	return spool_add(c->spool, octets);
}

/* The time is that of the loop, read once for all that came in with one read.
 */
static uint64_t
count(void *host, struct vb_str what, struct vb_seconds window, unsigned more)
{
	struct connection *c = host;
	const struct meter_client client = { c->admission.site,
		c->admission.address };

	return meter_count(&c->worker->shared->meter, &client, what, window,
	    more, (int64_t)uv_now(c->worker->loop));
}

static void
discard(void *host)
{
	struct connection *c = host;

	spool_destroy(c->spool);
	c->spool = NULL;
}

static void
stored(void *data, int code, const char *status, struct vb_str text)
{
	struct connection *c = data;

	c->intake = NULL;
	session_stored(c->session, code, status, text);
	pump(c);
}

static void
store(void *host, const struct message *message)
{
	struct connection *c = host;
	struct spool *spool = c->spool;

	if (spool == NULL)
		spool = spool_create(
		    c->worker->loop, c->worker->spool_dir, spool_ready, c);
	c->spool = NULL;
	c->intake = intake_take(&c->worker->intake, message, spool, stored, c);
}

static const struct session_host host = {
	.ask = ask,
	.room = ask_room,
	.reach = ask_terminals,
	.body = take_body,
	.discard = discard,
	.count = count,
	.store = store,
};

/* The two ends of the connection: the client's goes to be admitted, ours is
   printed for address literals. */
static uint16_t
name_ends(struct connection *c, char theirs[INET6_ADDRSTRLEN],
    char ours[INET6_ADDRSTRLEN])
{
	struct sockaddr_storage from, to;
	struct address16 our_address;
	uint16_t port, our_port;

	channel_ends(c->channel, &from, &to);
	admission_name(&to, ours, &our_address, &our_port);
	admission_name(&from, theirs, &c->admission.address, &port);
	return port;
}

static void
start_session(struct connection *c)
{
	const struct generation *g = c->worker->generation;
	char theirs[INET6_ADDRSTRLEN], ours[INET6_ADDRSTRLEN];
	struct session_settings settings = {
		.sites = g->sites,
		.host = &host,
		.host_data = c,
		.hostname = g->top.process.hostname,
		.port = name_ends(c, theirs, ours),
		.id = id_make(),
		.make_id = id_make,
	};
	const char *why = "Service shutting down";

	settings.address = vb_str(theirs);
	settings.local_address = vb_str(ours);
	settings.scope = site_scope(
	    c->site, c->admission.is_local ? NULL : &c->admission.address);
	c->session = session_create(&settings);
	if (!c->worker->is_finishing)
		why = admission_begin(
		    &c->admission, &settings.scope->conf.limits);
	admission_log(&settings, why);
	if (why == NULL)
		session_start(c->session);
	else
		session_refuse(c->session, why);
}

static void
enlist(struct connection *c)
{
	struct worker *w = c->worker;

	c->link = &w->first;
	c->next = w->first;
	if (c->next != NULL)
		c->next->link = &c->next;
	w->first = c;
	w->connections++;
}

void
connection_accept(struct worker *w, uv_stream_t *listener,
    const struct site *site, bool is_unix)
{
	struct channel *channel = channel_accept(listener, is_unix);
	struct connection *c;

	if (channel == NULL)
		return;
	c = must_alloc(sizeof(*c));
	c->channel = channel;
	channel_give(channel, &user, c);
	c->worker = w;
	c->site = site;
	c->deadline.data = c;
	c->admission = (struct admission){
		.tally = &w->shared->tally,
		.worker = w->number,
		.site = (uint32_t)(site - w->generation->sites->items),
		.is_local = is_unix,
	};
	c->lookups = (struct lookups){ .pool = w->answers,
		.session = &c->session,
		.answered = looked_up,
		.data = c };
	c->reaches = (struct reaches){ .pool = w->terminals,
		.session = &c->session,
		.answered = looked_up,
		.data = c };
	enlist(c);
	c->open = 2;
	uv_timer_init(w->loop, &c->deadline);
	start_session(c);
	pump(c);
}

void
connections_shut_down(struct worker *w, bool now)
{
	struct connection *next;

	for (struct connection *c = w->first; c != NULL; c = next) {
		next = c->next;
		if (c->session == NULL)
			continue;
		session_shut_down(c->session, now);
		pump(c);
	}
}
