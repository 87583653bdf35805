/* A worker's side of mail that the queue lends to a connection. */
#include "core/process/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/packet.h"
#include "core/mail/kept_ask.h"

struct lease {
	uv_poll_t queue;
	int fd;
	enum lease_state state;
	struct buffer packet; /* what the errand points into */
	struct arena *arena;
	struct errand errand;
	void (*changed)(void *data);
	void *data;
};

static enum lease_state
take(struct lease *l, struct vb_str octets)
{
	struct unpack from;

	arena_reset(l->arena);
	buffer_finish(&l->packet);
	buffer_add_str(&l->packet, octets);
	from = (struct unpack){ l->packet.p, l->packet.n, false };
	if (!errand_unpack(&from, l->arena, &l->errand))
		return LEASE_LOST;
	return l->errand.n_recipients == 0 ? LEASE_DONE : LEASE_ERRAND;
}

/* One errand at a time; what is none is no queue of ours. */
static void
has_packet(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct lease *l = handle->data;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(l->fd, octets, fds);

	(void)status, (void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || l->state != LEASE_WAITING)
		l->state = LEASE_LOST;
	else
		l->state = take(l, (struct vb_str){ octets, (size_t)n });
	if (l->state == LEASE_DONE || l->state == LEASE_LOST)
		uv_poll_stop(&l->queue);
	l->changed(l->data);
}

static void
ask(const struct lease_settings *settings, int theirs)
{
	const struct kept_ask question = { .what = KEPT_COLLECT,
		.session = settings->session,
		.domains = settings->domains };
	struct buffer packed = { 0 };

	kept_ask_pack(&packed, &question);
	notices_ask(settings->notices, &packed, theirs);
}

struct lease *
lease_create(const struct lease_settings *settings)
{
	struct lease *l;
	int ends[2];

	if (!packet_pair(ends))
		return NULL;
	l = must_alloc(sizeof(*l));
	l->fd = ends[0];
	l->arena = arena_create();
	l->changed = settings->changed;
	l->data = settings->data;
	l->queue.data = l;
	uv_poll_init(settings->loop, &l->queue, l->fd);
	uv_poll_start(&l->queue, UV_READABLE | UV_DISCONNECT, has_packet);
	ask(settings, ends[1]);
	return l;
}

static void
closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
lease_destroy(struct lease *l)
{
	uv_close((uv_handle_t *)&l->queue, closed);
	close(l->fd);
	buffer_finish(&l->packet);
	arena_destroy(l->arena);
}

enum lease_state
lease_state(const struct lease *l)
{
	return l->state;
}

const struct errand *
lease_errand(const struct lease *l)
{
	return l->state == LEASE_ERRAND ? &l->errand : NULL;
}

void
lease_report(struct lease *l, const struct report *reports)
{
	struct buffer packed = { 0 };

	for (size_t i = 0; i < l->errand.n_recipients; i++)
		report_pack(&packed, &reports[i]);
	l->state = LEASE_WAITING;
	if (!packet_send(l->fd, buffer_str(&packed), NULL, 0))
		l->state = LEASE_LOST;
	buffer_finish(&packed);
}
