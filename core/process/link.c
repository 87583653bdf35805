/*
 * One connection to a next hop: from address to address, until one greets us
 * and takes EHLO. What is said over it then is in link_talk.c.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/process/admission.h"
#include "core/process/link_state.h"
#include "core/smtp/route.h"

static const struct resolved_address *
address_of(const struct link *l)
{
	return &l->addresses->items[l->at];
}

struct vb_str
link_remote(struct link *l)
{
	const struct resolved_address *a = address_of(l);
	char text[INET6_ADDRSTRLEN];
	struct address16 octets;
	uint16_t port;

	admission_name(&a->address, text, &octets, &port);
	return arena_printf(l->arena, "%s[%s]:%u", a->host, text, port);
}

static void
drop_channel(struct link *l)
{
	if (l->channel != NULL)
		channel_drop(l->channel);
	l->channel = NULL;
}

static void
link_closed(uv_handle_t *handle)
{
	struct link *l = handle->data;

	addresses_drop(l->addresses);
	arena_destroy(l->arena);
	free(l);
}

void
link_set_connecting(struct link *l, bool is_connecting)
{
	if (l->is_connecting && !is_connecting)
		l->destination->n_connecting--;
	if (!l->is_connecting && is_connecting)
		l->destination->n_connecting++;
	l->is_connecting = is_connecting;
}

void
link_close(struct link *l)
{
	struct destination *d = l->destination;

	link_set_connecting(l, false);
	if (l->has_asked)
		destination_turn_ended(d);
	drop_channel(l);
	client_destroy(l->client);
	*l->from = l->next;
	if (l->next != NULL)
		l->next->from = l->from;
	d->n_links--;
	uv_close((uv_handle_t *)&l->timer, link_closed);
	destination_stir(d);
}

void
link_abandon(struct link *l)
{
	if (l->job != NULL)
		job_out_abandon(l->job);
	l->job = NULL;
	link_close(l);
}

void
link_note_failure(struct link *l, struct client_result result)
{
	if (l->failure.outcome == VB_LATER && result.outcome == VB_NEVER)
		return;
	result.status = arena_copy(l->arena, result.status);
	result.text = arena_copy(l->arena, result.text);
	l->failure = result;
	l->failed_remote = link_remote(l);
}

static void
note_unreachable(struct link *l, const char *why)
{
	link_note_failure(
	    l, (struct client_result){ .outcome = VB_LATER,
		   .status = VB_STR("4.4.1"),
		   .text = arena_printf(l->arena, "cannot connect: %s", why) });
}

static void
has_connected(void *data)
{
	struct link *l = data;
	const struct client_patience patience = route_patience(
	    &l->destination->route);

	l->client = client_create(l->destination->name, &patience);
	channel_read(l->channel, true);
	link_step(l);
}

static void
take_octets(void *data, struct vb_str octets)
{
	struct link *l = data;

	client_input(l->client, octets);
	link_step(l);
}

static void
has_sent(void *data)
{
	link_step(data);
}

static void
is_gone(void *data, int error)
{
	struct link *l = data;
	const char *why = error == UV_EOF ? "the other closed the connection"
	                                  : uv_strerror(error);

	drop_channel(l);
	if (l->client == NULL) {
		note_unreachable(l, why);
		link_next_address(l);
		return;
	}
	client_lost(l->client, why);
	link_step(l);
}

static const struct channel_user user = {
	.connected = has_connected,
	.octets = take_octets,
	.sent = has_sent,
	.gone = is_gone,
};

static void
has_passed(uv_timer_t *timer)
{
	struct link *l = timer->data;

	if (l->client == NULL) {
		note_unreachable(l, "timed out");
		link_next_address(l);
		return;
	}
	if (client_is_ready(l->client))
		link_end(l);
	else
		client_timeout(l->client);
	link_step(l);
}

static void
has_turn(uv_timer_t *timer)
{
	link_step(timer->data);
}

void
link_set_timer(struct link *l)
{
	int64_t until = l->until, now = clock_steady_ms();

	if (l->client != NULL && link_wants_body(l)) {
		uv_timer_start(&l->timer, has_turn, 0, 0);
		return;
	}
	if (l->client != NULL && !client_is_ready(l->client))
		until = client_deadline(l->client);
	uv_update_time(l->timer.loop);
	uv_timer_start(&l->timer, has_passed,
	    until > now ? (uint64_t)(until - now) : 1, 0);
}

/* The address that the route binds to. False: to none. */
static bool
bound(const struct link *l, struct sockaddr_storage *from)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)from;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)from;
	const char *text = arena_string(l->arena, l->destination->route.bind);

	*from = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1)
		in4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		in6->sin6_family = AF_INET6;
	return from->ss_family != 0;
}

/* True: a connection is being made. */
static bool
connect_here(struct link *l)
{
	struct sockaddr_storage from;
	bool is_bound = bound(l, &from);
	int error;

	l->channel = channel_connect(l->timer.loop, &address_of(l)->address,
	    is_bound ? &from : NULL, &error);
	if (l->channel == NULL) {
		note_unreachable(l, uv_strerror(error));
		return false;
	}
	channel_give(l->channel, &user, l);
	l->messages = 0;
	l->until = clock_steady_ms() +
	           l->destination->route.connect_timeout.value * 1000;
	link_set_timer(l);
	return true;
}

void
link_find_address(struct link *l)
{
	struct destination *d = l->destination;

	drop_channel(l);
	client_destroy(l->client);
	l->client = NULL;
	link_set_connecting(l, true);
	for (; l->at < l->addresses->n; l->at++)
		if (connect_here(l))
			return;
	link_close(l);
	if (!l->was_ready) /* its memory goes with the loop's next turn */
		destination_failed(d, &l->failure, l->failed_remote);
}

void
link_next_address(struct link *l)
{
	l->at++;
	link_find_address(l);
}

void
link_open(struct destination *d)
{
	struct link *l = must_alloc(sizeof(*l));

	l->destination = d;
	l->addresses = d->addresses;
	l->addresses->users++;
	l->arena = arena_create();
	l->from = &d->links;
	l->next = d->links;
	if (l->next != NULL)
		l->next->from = &l->next;
	d->links = l;
	d->n_links++;
	uv_timer_init(d->outbound->loop, &l->timer);
	l->timer.data = l;
	link_find_address(l);
}
