/* The client's end of a connection. */
#include "tests/dialogue/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/socket.h>

enum { PATIENCE_MS = 10000, STEP = 65536, LONGEST_REPLY = 512 };

void
wire_finish(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	buffer_finish(&w->out);
	buffer_finish(&w->in);
	buffer_finish(&w->line);
	*w = (struct wire){ .fd = -1, .said = w->said };
}

/* Long lines are shown by their beginning. */
static void
note(struct wire *w, const char *who, struct vb_str text)
{
	enum { SHOWN = 600 };

	buffer_printf(w->said, "    %s", who);
	if (text.n > SHOWN) {
		buffer_add_escaped(w->said, (struct vb_str){ text.p, SHOWN });
		buffer_printf(w->said, " and %zu more", text.n - SHOWN);
	} else {
		buffer_add_escaped(w->said, text);
	}
	buffer_printf(w->said, "\n");
}

void
wire_send(struct wire *w, struct vb_str bytes)
{
	note(w, "C: ", bytes);
	buffer_add_str(&w->out, bytes);
}

/* Takes what is there. */
static void
receive(struct wire *w)
{
	ssize_t n = recv(w->fd, buffer_room(&w->in, STEP), STEP, MSG_DONTWAIT);

	if (n > 0)
		w->in.n += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		w->has_ended = true;
}

static void
pause_between(void)
{
	struct timespec t = { .tv_nsec = 500000 };

	nanosleep(&t, NULL);
}

/* Sends without ever waiting for a server that first wants to be heard. */
void
wire_flush(struct wire *w)
{
	while (w->out.n > 0 && !w->has_ended) {
		struct pollfd p = { w->fd, POLLIN | POLLOUT, 0 };
		size_t n = w->chop > 0 && w->chop < w->out.n ? w->chop
		                                             : w->out.n;
		ssize_t sent;

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			break;
		if ((p.revents & ~POLLOUT) != 0)
			receive(w);
		if ((p.revents & POLLOUT) == 0)
			continue;
		sent = send(w->fd, w->out.p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			break;
		if (sent > 0)
			buffer_drop(&w->out, (size_t)sent);
		if (w->chop > 0)
			pause_between();
	}
	buffer_drop(&w->out, w->out.n);
}

static enum wire_got
take_line(struct wire *w, size_t n)
{
	buffer_finish(&w->line);
	buffer_add(&w->line, w->in.p, n);
	buffer_drop(&w->in, n + 1);
	if (n == 0 || w->line.p[n - 1] != '\r' || n + 1 > LONGEST_REPLY) {
		note(w, "S: ", buffer_str(&w->line));
		return WIRE_BAD_LINE;
	}
	w->line.n--;
	note(w, "S: ", buffer_str(&w->line));
	return WIRE_LINE;
}

enum wire_got
wire_line(struct wire *w)
{
	for (;;) {
		struct pollfd p = { w->fd, POLLIN, 0 };
		const char *end = w->in.n == 0 ? NULL
		                               : memchr(w->in.p, '\n', w->in.n);

		if (end != NULL)
			return take_line(w, (size_t)(end - w->in.p));
		if (w->has_ended) {
			note(w, "S: ", VB_STR("(closed)"));
			return WIRE_END;
		}
		if (poll(&p, 1, PATIENCE_MS) <= 0)
			return WIRE_SILENCE;
		receive(w);
	}
}

bool
wire_has_more(struct wire *w)
{
	if (!w->has_ended)
		receive(w);
	return w->in.n > 0;
}
