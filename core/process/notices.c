/* Telling the queue how far the journal is, and asking it. */
#include "core/process/notices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/packet.h"

/* Segments there is something untold about: few, unless the queue lags far
   behind, and no more than a journal may have. */
struct unasked {
	struct unasked *next;
	struct buffer question;
	int answer;
};

struct notices {
	uv_poll_t writable;
	int fd;
	struct notice *untold;
	size_t n, room;
	struct unasked *first, **last; /* questions, once all is told */
};

static void send_all(struct notices *n);

static void
has_room(uv_poll_t *handle, int status, int events)
{
	(void)status, (void)events;
	send_all(handle->data);
}

/* False: there is no room for more. */
static bool
send_notices(struct notices *n)
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
	if (n->n > 0)
		memmove(
		    n->untold, n->untold + sent, n->n * sizeof(n->untold[0]));
	return n->n == 0;
}

static bool
send_questions(struct notices *n)
{
	struct unasked *u;

	while ((u = n->first) != NULL) {
		if (!packet_send(
			n->fd, buffer_str(&u->question), &u->answer, 1)) {
			if (errno == EAGAIN)
				return false;
			log_event(VB_ERROR, "queue-unreachable", "error=%s",
			    strerror(errno));
		}
		n->first = u->next;
		if (n->first == NULL)
			n->last = &n->first;
		close(u->answer);
		buffer_finish(&u->question);
		free(u);
	}
	return true;
}

static void
send_all(struct notices *n)
{
	if (!send_notices(n) || !send_questions(n))
		uv_poll_start(&n->writable, UV_WRITABLE, has_room);
	else if (uv_is_active((uv_handle_t *)&n->writable))
		uv_poll_stop(&n->writable);
}

struct notices *
notices_create(uv_loop_t *loop, int fd)
{
	struct notices *n = must_alloc(sizeof(*n));

	n->fd = fd;
	n->last = &n->first;
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

void
notices_ask(struct notices *n, struct buffer *question, int answer)
{
	struct unasked *u = must_alloc(sizeof(*u));

	u->question = *question;
	*question = (struct buffer){ 0 };
	u->answer = answer;
	*n->last = u;
	n->last = &u->next;
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
