/*
 * One connection: octets from a stream into a session and back.
 *
 * Nothing is read while the session wants nothing, or while what it has said
 * waits to be sent: a client that does not read gets no more work out of us.
 * After the last reply the sending side is closed first and what still comes is
 * thrown away for a while, since closing at once would make the kernel reset
 * the connection, and the client might never see the reply.
 */
#include "core/process/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/lookups.h"

enum { READ_SIZE = 64 * 1024, MOST_UNSENT = 256 * 1024, LINGER_MS = 2000 };

/* What ids are counted in. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct connection {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} in;
	uv_timer_t timer;
	uv_shutdown_t shutdown;
	uv_write_t write;
	struct worker *worker;
	struct connection *next, **link; /* in the worker's list */
	const struct site *site;
	struct address16 address;
	bool is_unix, is_counted, is_site_counted;
	bool is_writing, is_reading, is_lingering, is_closing;
	bool is_eof; /* the client says no more */
	int open_handles;
	struct session *session;
	struct buffer sending; /* while is_writing */
	struct spool *spool;   /* the message coming in */
	struct intake *intake; /* the message being stored */
	struct lookups lookups;
};

static char read_room[READ_SIZE];

static void pump(struct connection *c);

/* Ids are unique over workers and time: microseconds, never twice the same,
   and the worker's number. */
static struct vb_str
make_id(unsigned worker)
{
	static int64_t last;
	static char text[16];
	int64_t now = clock_wall_us();
	uint64_t value;
	size_t n = 13;

	last = now > last ? now : last + 1;
	value = (uint64_t)last << 6 | (worker & 63);
	for (size_t i = n; i > 0; i--) {
		text[i - 1] = digits[value & 31];
		value >>= 5;
	}
	return (struct vb_str){ text, n };
}

static unsigned own_number;

static struct vb_str
make_message_id(void)
{
	return make_id(own_number);
}

static uint32_t
site_number(const struct connection *c)
{
	return (uint32_t)(c->site - c->worker->generation->sites->items);
}

static void
uncount(struct connection *c)
{
	struct tally *tally = &c->worker->shared->tally;

	if (c->is_counted)
		tally_leave(
		    tally, c->worker->number, site_number(c), &c->address);
	if (c->is_site_counted)
		tally_leave(
		    tally, c->worker->number, site_number(c), &tally_everyone);
}

static void
closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;
	struct worker *w = c->worker;

	if (--c->open_handles > 0)
		return;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	buffer_finish(&c->sending);
	free(c);
	w->connections--;
	w->connection_ended(w);
}

static void
close_connection(struct connection *c)
{
	if (c->is_closing)
		return;
	c->is_closing = true;
	uncount(c);
	lookups_forget(&c->lookups);
	if (c->intake != NULL)
		intake_forget(c->intake);
	session_destroy(c->session);
	c->session = NULL;
	spool_destroy(c->spool);
	c->spool = NULL;
	uv_close(&c->in.handle, closed);
	uv_close((uv_handle_t *)&c->timer, closed);
}

static void
linger_ended(uv_timer_t *timer)
{
	close_connection(timer->data);
}

static void
shut(uv_shutdown_t *request, int status)
{
	struct connection *c = request->data;

	if (c->is_closing)
		return;
	if (status < 0) {
		close_connection(c);
		return;
	}
	uv_timer_start(&c->timer, linger_ended, LINGER_MS, 0);
}

static void
give_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
	(void)handle, (void)size;
	*room = uv_buf_init(read_room, sizeof(read_room));
}

static void has_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room);

static void
set_reading(struct connection *c, bool on)
{
	if (on == c->is_reading)
		return;
	c->is_reading = on;
	if (on)
		uv_read_start(&c->in.stream, give_room, has_read);
	else
		uv_read_stop(&c->in.stream);
}

static void
has_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room)
{
	struct connection *c = stream->data;

	(void)room;
	if (n == 0)
		return;
	if (n < 0) {
		c->is_eof = true;
		set_reading(c, false);
		if (n != UV_EOF || !c->is_writing)
			close_connection(c);
		return;
	}
	if (c->is_lingering)
		return;
	session_input(c->session, (struct vb_str){ read_room, (size_t)n });
	pump(c);
}

static void
linger(struct connection *c)
{
	c->is_lingering = true;
	c->shutdown.data = c;
	set_reading(c, true);
	if (uv_shutdown(&c->shutdown, &c->in.stream, shut) != 0)
		close_connection(c);
}

static void
has_written(uv_write_t *request, int status)
{
	struct connection *c = request->data;

	c->is_writing = false;
	buffer_finish(&c->sending);
	if (c->is_closing)
		return;
	if (status < 0 || c->is_eof)
		close_connection(c);
	else
		pump(c);
}

/* False when the connection is gone. */
static bool
send_output(struct connection *c)
{
	struct buffer *output = session_output(c->session);
	uv_buf_t part = uv_buf_init(output->p, (unsigned)output->n);
	int n;

	if (output->n == 0 || c->is_writing)
		return true;
	n = uv_try_write(&c->in.stream, &part, 1);
	if (n < 0 && n != UV_EAGAIN) {
		close_connection(c);
		return false;
	}
	if (n > 0)
		buffer_drop(output, (size_t)n);
	if (output->n == 0)
		return true;
	c->sending = *output;
	*output = (struct buffer){ 0 };
	part = uv_buf_init(c->sending.p, (unsigned)c->sending.n);
	c->is_writing = true;
	c->write.data = c;
	uv_write(&c->write, &c->in.stream, &part, 1, has_written);
	return true;
}

static void
deadline(uv_timer_t *timer)
{
	struct connection *c = timer->data;

	session_timeout(c->session);
	pump(c);
}

static void
set_timer(struct connection *c)
{
	int64_t until = session_deadline(c->session);
	int64_t now = clock_steady_ms();

	if (until == INT64_MAX) {
		uv_timer_stop(&c->timer);
		return;
	}
	uv_update_time(c->worker->loop);
	uv_timer_start(
	    &c->timer, deadline, until > now ? (uint64_t)(until - now) : 1, 0);
}

/* After anything that may have moved the session on. */
static void
pump(struct connection *c)
{
	if (c->is_closing || c->is_lingering || !send_output(c))
		return;
	if (session_is_over(c->session) && !c->is_writing) {
		linger(c);
		return;
	}
	set_reading(c, session_wants_input(c->session) &&
			   (!c->is_writing || c->sending.n < MOST_UNSENT));
	set_timer(c);
}

static void
ask(void *host, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query)
{
	struct connection *c = host;

	lookups_ask(&c->lookups, number, scope, module, query);
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
	c->intake = intake_take(&c->worker->pools, message, spool, stored, c);
}

static const struct session_host host = {
	.ask = ask,
	.body = take_body,
	.discard = discard,
	.store = store,
};

/* The printed address, and the one that limits and networks go by. */
static void
name_address(const struct sockaddr_storage *from, char text[INET6_ADDRSTRLEN],
    struct address16 *address, uint16_t *port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)from;

	*address = (struct address16){ { [10] = 0xff, [11] = 0xff } };
	*port = 0;
	if (from->ss_family == AF_INET6) {
		memcpy(address->octets, &in6->sin6_addr, 16);
		inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
		*port = ntohs(in6->sin6_port);
	} else if (from->ss_family == AF_INET) {
		memcpy(address->octets + 12, &in4->sin_addr, 4);
		inet_ntop(AF_INET, &in4->sin_addr, text, INET6_ADDRSTRLEN);
		*port = ntohs(in4->sin_port);
	} else {
		*address = (struct address16){ { 0 } };
		snprintf(text, INET6_ADDRSTRLEN, "unix");
	}
}

/* What stands against this client before it has said anything, or NULL. */
static const char *
refusal(struct connection *c, const struct limits_conf *limits)
{
	struct tally *tally = &c->worker->shared->tally;
	unsigned number = c->worker->number;

	if (c->worker->is_finishing)
		return "Service shutting down";
	c->is_site_counted = tally_enter(tally, number, site_number(c),
	    &tally_everyone, limits->connections);
	if (!c->is_site_counted)
		return "Too many connections, try again later";
	if (c->is_unix) /* all local programs are one client */
		return NULL;
	c->is_counted = tally_enter(
	    tally, number, site_number(c), &c->address, limits->per_client);
	if (!c->is_counted)
		return "Too many connections from your address";
	return NULL;
}

static void
start_session(struct connection *c)
{
	struct sockaddr_storage from = { 0 }, to = { 0 };
	char text[INET6_ADDRSTRLEN], local[INET6_ADDRSTRLEN] = "";
	struct address16 ours;
	int size = sizeof(from), local_size = sizeof(to);
	struct session_settings settings = {
		.sites = c->worker->generation->sites,
		.host = &host,
		.host_data = c,
		.hostname = c->worker->generation->top.process.hostname,
		.id = make_id(c->worker->number),
		.make_id = make_message_id,
	};
	uint16_t port;
	const char *why;

	if (!c->is_unix) {
		uv_tcp_getpeername(&c->in.tcp, (struct sockaddr *)&from, &size);
		uv_tcp_getsockname(
		    &c->in.tcp, (struct sockaddr *)&to, &local_size);
		name_address(&to, local, &ours, &port);
		uv_tcp_nodelay(&c->in.tcp, 1);
	}
	name_address(&from, text, &c->address, &settings.port);
	settings.address = vb_str(text);
	settings.local_address = vb_str(local);
	settings.scope = site_scope(c->site, c->is_unix ? NULL : &c->address);
	c->session = session_create(&settings);
	why = refusal(c, &settings.scope->conf.limits);
	log_event(why == NULL ? VB_DEBUG : VB_NOTICE,
	    why == NULL ? "connect" : "refused",
	    "session=%.*s site=%.*s client=%s port=%u%s%s", VB_FMT(settings.id),
	    VB_FMT(c->site->conf.name), text, (unsigned)settings.port,
	    why == NULL ? "" : " reason=", why == NULL ? "" : why);
	if (why == NULL)
		session_start(c->session);
	else
		session_refuse(c->session, why);
}

void
connection_accept(struct worker *w, uv_stream_t *listener,
    const struct site *site, bool is_unix)
{
	struct connection *c = must_alloc(sizeof(*c));

	own_number = w->number;
	c->worker = w;
	c->site = site;
	c->is_unix = is_unix;
	c->open_handles = 2;
	c->link = &w->first;
	c->next = w->first;
	if (c->next != NULL)
		c->next->link = &c->next;
	w->first = c;
	w->connections++;
	if (is_unix)
		uv_pipe_init(w->loop, &c->in.pipe, 0);
	else
		uv_tcp_init(w->loop, &c->in.tcp);
	uv_timer_init(w->loop, &c->timer);
	c->in.handle.data = c->timer.data = c;
	c->lookups = (struct lookups){ .pool = w->answers,
		.session = &c->session,
		.answered = looked_up,
		.data = c };
	if (uv_accept(listener, &c->in.stream) != 0) {
		close_connection(c);
		return;
	}
	start_session(c);
	pump(c);
}

void
connections_shut_down(struct worker *w, bool now)
{
	struct connection *next;

	for (struct connection *c = w->first; c != NULL; c = next) {
		next = c->next;
		if (c->is_closing || c->is_lingering)
			continue;
		session_shut_down(c->session, now);
		pump(c);
	}
}
