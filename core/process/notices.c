/* Telling the queue how far the journal is. */
#include "core/process/notices.h"

#include <errno.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/packet.h"

/* Segments there is something untold about: few, unless the queue lags far
   behind, and no more than a journal may have. */
struct notices {
	uv_poll_t writable;
	int fd;
	struct notice *untold;
	size_t n, room;
};

static void send_all(struct notices *n);

static void
has_room(uv_poll_t *handle, int status, int events)
{
	(void)status, (void)events;
	send_all(handle->data);
}

static void
send_all(struct notices *n)
{
	size_t sent = 0;

	while (sent < n->n) {
		const struct vb_str octets = { (const char *)&n->untold[sent],
			sizeof(n->untold[sent]) };

		if (!packet_send(n->fd, octets, NULL, 0) && errno == EAGAIN)
			break;
		sent++;
	}
	n->n -= sent;
	memmove(n->untold, n->untold + sent, n->n * sizeof(n->untold[0]));
	if (n->n > 0)
		uv_poll_start(&n->writable, UV_WRITABLE, has_room);
	else if (uv_is_active((uv_handle_t *)&n->writable))
		uv_poll_stop(&n->writable);
}

struct notices *
notices_create(uv_loop_t *loop, int fd)
{
	struct notices *n = must_alloc(sizeof(*n));

	n->fd = fd;
	n->writable.data = n;
	uv_poll_init(loop, &n->writable, fd);
	return n;
}

void
notices_tell(struct notices *n, const struct notice *notice)
{
	size_t i = 0;

	while (i < n->n && n->untold[i].incarnation != notice->incarnation)
		i++;
	if (i == n->room) {
		n->room = n->room == 0 ? 16 : n->room * 2;
		n->untold = must_resize(
		    n->untold, n->room * sizeof(n->untold[0]));
	}
	n->untold[i] = *notice;
	if (i == n->n)
		n->n++;
	if (!uv_is_active((uv_handle_t *)&n->writable))
		send_all(n);
}

bool
notice_read(struct vb_str octets, struct notice *notice)
{
	if (octets.n != sizeof(*notice))
		return false;
	memcpy(notice, octets.p, sizeof(*notice));
	return true;
}
