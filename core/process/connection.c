/*
 * One connection: octets from a channel into a session and back, or, when it
 * was turned, into our client.
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
	if (c->by != NULL)
		outbound_turn_ended(c->by);
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

/* Nothing more is said over it, but what was is still to be sent, perhaps. */
static void
end(struct connection *c)
{
	if (side_is_closed(c))
		return;
	admission_end(&c->admission);
	side_close(c);
	uv_close((uv_handle_t *)&c->deadline, deadline_closed);
}

static void
end_at_once(struct connection *c)
{
	end(c);
	channel_close(c->channel);
}

static void
has_passed(uv_timer_t *timer)
{
	struct connection *c = timer->data;

	c->armed = INT64_MAX;
	if (c->is_over) {
		end_at_once(c);
		return;
	}
	side_timeout(c);
	connection_pump(c);
}

static void
arm(struct connection *c, int64_t until)
{
	int64_t now = clock_steady_ms();

	c->armed = until;
	uv_update_time(c->worker->loop);
	uv_timer_start(&c->deadline, has_passed,
	    until > now ? (uint64_t)(until - now) : 0, 0);
}

/* A timer that is early does no harm: when it has passed, this is looked at
   again. */
static void
set_deadline(struct connection *c)
{
	int64_t until = side_deadline(c);

	if (c->is_over)
		arm(c, clock_steady_ms() + FAREWELL_MS);
	else if (until < c->armed)
		arm(c, until);
}

/* Octets that the other has not taken. */
static size_t
unsent(const struct connection *c)
{
	return channel_unsent(c->channel) + side_output(c)->n;
}

/* All is sent that was to be. */
static void
finish(struct connection *c, enum side_state state)
{
	if (state == SIDE_TURNS && side_turn(c)) {
		connection_pump(c);
		return;
	}
	end(c);
	channel_end(c->channel);
}

void
connection_pump(struct connection *c)
{
	enum side_state state;

	if (side_is_closed(c))
		return;
	state = side_step(c);
	if (state == SIDE_LOST) {
		end_at_once(c);
		return;
	}
	if (!channel_send(c->channel, side_output(c)))
		return;
	c->is_over = state != SIDE_GOING;
	if (c->is_over && unsent(c) == 0) {
		finish(c, state);
		return;
	}
	channel_read(
	    c->channel, side_wants_input(c) && unsent(c) < MOST_UNSENT);
	set_deadline(c);
}

static void
take_octets(void *data, struct vb_str octets)
{
	struct connection *c = data;

	side_input(c, octets);
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
	end(data);
}

static const struct channel_user user = {
	.octets = take_octets,
	.sent = has_sent,
	.gone = is_gone,
	.closed = channel_closed,
};

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

static struct connection *
create(struct worker *w, struct channel *channel, const struct site *site)
{
	struct connection *c = must_alloc(sizeof(*c));

	c->channel = channel;
	channel_give(channel, &user, c);
	c->worker = w;
	c->site = site;
	c->deadline.data = c;
	c->armed = INT64_MAX;
	c->admission = (struct admission){
		.tally = &w->shared->tally,
		.worker = w->number,
		.site = (uint32_t)(site - w->generation->sites->items),
	};
	memcpy(c->id, id_make().p, sizeof(c->id));
	connection_open_host(c);
	enlist(c);
	c->open = 2;
	uv_timer_init(w->loop, &c->deadline);
	return c;
}

void
connection_accept(struct worker *w, uv_stream_t *listener,
    const struct site *site, bool is_unix)
{
	struct channel *channel = channel_accept(listener, is_unix);
	struct connection *c;

	if (channel == NULL)
		return;
	c = create(w, channel, site);
	c->admission.is_local = is_unix;
	side_open(c);
	connection_pump(c);
}

void
connection_adopt(struct worker *w, struct channel *channel, struct vb_str site,
    struct destination *by)
{
	const struct site *s = sites_find(w->generation->sites, site);
	struct connection *c;

	if (s == NULL) {
		channel_drop(channel);
		outbound_turn_ended(by);
		return;
	}
	c = create(w, channel, s);
	c->by = by;
	c->turns = 1;
	side_open(c);
	connection_pump(c);
}

void
connections_shut_down(struct worker *w, bool now)
{
	struct connection *next;

	for (struct connection *c = w->first; c != NULL; c = next) {
		next = c->next;
		if (side_is_closed(c))
			continue;
		side_shut_down(c, now);
		connection_pump(c);
	}
}
