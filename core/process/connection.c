/*
 * One connection: octets from a channel into a session and back.
 *
 * Nothing is read while the session wants nothing, or while what it has said
 * waits to be sent: a client that does not read gets no more work out of us.
 */
#include "core/process/connection.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/connection_state.h"
#include "core/process/ids.h"

/* A client that does not take our last words in FAREWELL_MS goes without. */
enum { MOST_UNSENT = 256 * 1024, FAREWELL_MS = 5000 };

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
	session_destroy(c->session);
	c->session = NULL;
	connection_close_host(c);
	uv_close((uv_handle_t *)&c->deadline, deadline_closed);
}

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
	connection_pump(c);
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
void
connection_pump(struct connection *c)
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
	connection_pump(c);
}

static void
has_sent(void *data)
{
	connection_pump(data);
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
		.host = &connection_host,
		.host_data = c,
		.hostname = g->top.process.hostname,
		.port = name_ends(c, theirs, ours),
		.id = { c->id, sizeof(c->id) },
		.make_id = id_make,
	};
	const char *why = "Service shutting down";

	memcpy(c->id, id_make().p, sizeof(c->id));
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
	connection_open_host(c);
	enlist(c);
	c->open = 2;
	uv_timer_init(w->loop, &c->deadline);
	start_session(c);
	connection_pump(c);
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
		connection_pump(c);
	}
}
