/*
 * Which side of a connection we are: the server, a session, or, when the roles
 * were swapped, the client. Only one of them is there at a time.
 */
#include "core/base/log.h"
#include "core/process/connection_state.h"
#include "core/process/ids.h"

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

static struct vb_str
id_of(const struct connection *c)
{
	return (struct vb_str){ c->id, sizeof(c->id) };
}

/* NULL: it may come in. Who is counted already is not counted again. */
static const char *
admit(struct connection *c, const struct scope *scope)
{
	if (c->worker->is_finishing)
		return "Service shutting down";
	if (c->admission.is_site_counted)
		return NULL;
	return admission_begin(&c->admission, &scope->conf.limits);
}

/* By its address; but whoever we come to is no client of ours. */
static const struct scope *
scope_of(const struct connection *c)
{
	if (c->by != NULL)
		return c->site->everyone;
	return site_scope(
	    c->site, c->admission.is_local ? NULL : &c->admission.address);
}

void
side_open(struct connection *c)
{
	const struct generation *g = c->worker->generation;
	char theirs[INET6_ADDRSTRLEN], ours[INET6_ADDRSTRLEN];
	struct session_settings settings = {
		.sites = g->sites,
		.host = &connection_host,
		.host_data = c,
		.hostname = g->top.process.hostname,
		.port = name_ends(c, theirs, ours),
		.id = id_of(c),
		.make_id = id_make,
		.may_not_turn = c->turns >= MOST_TURNS,
		.may_not_relay = c->by != NULL,
	};
	const char *why;

	settings.address = vb_str(theirs);
	settings.local_address = vb_str(ours);
	settings.scope = scope_of(c);
	c->session = session_create(&settings);
	why = admit(c, settings.scope);
	admission_log(&settings, why);
	if (why == NULL)
		session_start(c->session);
	else
		session_refuse(c->session, why);
}

static void
close_session(struct connection *c)
{
	session_destroy(c->session);
	c->session = NULL;
	connection_close_host(c);
}

void
side_close(struct connection *c)
{
	close_session(c);
	turned_destroy(c->turned);
	c->turned = NULL;
}

bool
side_is_closed(const struct connection *c)
{
	return c->session == NULL && c->turned == NULL;
}

void
side_input(struct connection *c, struct vb_str octets)
{
	if (c->session != NULL)
		session_input(c->session, octets);
	else
		turned_input(c->turned, octets);
}

struct buffer *
side_output(const struct connection *c)
{
	return c->session != NULL ? session_output(c->session)
	                          : turned_output(c->turned);
}

bool
side_wants_input(const struct connection *c)
{
	return c->session == NULL || session_wants_input(c->session);
}

int64_t
side_deadline(const struct connection *c)
{
	if (c->session != NULL)
		return session_deadline(c->session);
	return turned_deadline(c->turned, channel_unsent(c->channel));
}

void
side_timeout(struct connection *c)
{
	if (c->session != NULL)
		session_timeout(c->session);
	else
		turned_timeout(c->turned);
}

void
side_shut_down(struct connection *c, bool now)
{
	if (c->session != NULL)
		session_shut_down(c->session, now);
	else
		turned_finish(c->turned);
}

enum side_state
side_step(struct connection *c)
{
	static const enum side_state states[] = {
		[TURNED_GOING] = SIDE_GOING,
		[TURNED_OVER] = SIDE_OVER,
		[TURNED_BACK] = SIDE_TURNS,
		[TURNED_LOST] = SIDE_LOST,
	};

	if (c->turned != NULL) {
		turned_step(c->turned, channel_unsent(c->channel));
		return states[turned_state(c->turned)];
	}
	if (!session_is_over(c->session))
		return SIDE_GOING;
	return session_turn(c->session) != NULL ? SIDE_TURNS : SIDE_OVER;
}

static void
turned_changed(void *data)
{
	connection_pump(data);
}

/* The session stays until there is something in its place. */
static bool
become_client(struct connection *c)
{
	char theirs[INET6_ADDRSTRLEN], ours[INET6_ADDRSTRLEN];
	uint16_t port = name_ends(c, theirs, ours);
	struct arena *arena = arena_create();

	c->turned = turned_create(&(struct turned_settings){
	    .loop = c->worker->loop,
	    .generation = c->worker->generation,
	    .notices = c->worker->notices,
	    .session = id_of(c),
	    .remote = arena_printf(arena, "[%s]:%u", theirs, (unsigned)port),
	    .turn = session_turn(c->session),
	    .may_turn_back = c->turns < MOST_TURNS,
	    .changed = turned_changed,
	    .data = c,
	});
	arena_destroy(arena);
	if (c->turned == NULL)
		return false;
	if (c->worker->is_finishing)
		turned_finish(c->turned);
	close_session(c);
	return true;
}

bool
side_turn(struct connection *c)
{
	c->turns++;
	if (c->session != NULL)
		return become_client(c);
	turned_destroy(c->turned);
	c->turned = NULL;
	side_open(c);
	return true;
}
