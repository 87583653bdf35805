/* What the master is asked through the control socket. */
#include "core/process/control.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/io/packet.h"

/* Connections that have not said what they want, and how long they may take:
   others are not accepted meanwhile. And those that wait for the end. */
enum { CALLERS = 16, PATIENCE_MS = 10000, WAIT_FOR_END = 16 };

struct caller {
	uv_poll_t readable;
	uv_timer_t patience;
	int fd;
	unsigned open; /* handles */
};

static struct {
	const struct control_socket *socket;
	const struct control_host *host;
	uv_poll_t listening;
	unsigned callers;
	int for_end[WAIT_FOR_END];
	size_t n_for_end;
} control;

static void
say(int fd, enum answer what, const char *text)
{
	control_say(fd, what, vb_str(text));
}

static void
stop(int fd, bool now)
{
	log_event(VB_NOTICE, "stopping", "asked=%s", now ? "stop" : "quit");
	if (control.n_for_end < WAIT_FOR_END)
		control.for_end[control.n_for_end++] = fd;
	else
		control_end(fd, EXIT_SUCCESS);
	control.host->stop(now);
}

static void
answer_stop(int fd, struct vb_str words)
{
	(void)words;
	stop(fd, true);
}

static void
answer_quit(int fd, struct vb_str words)
{
	(void)words;
	stop(fd, false);
}

static void
answer_reload(int fd, struct vb_str words)
{
	(void)words;
	say(fd, ANSWER_ERROR,
	    "there is no reload yet: stop the server and start it again\n");
	control_end(fd, EXIT_FAILURE);
}

static void
hand_over(int fd, struct vb_str words)
{
	if (control.host->hand_over(words, fd)) {
		close(fd);
		return;
	}
	say(fd, ANSWER_ERROR,
	    "the process that has the queue is not at work now\n");
	control_end(fd, EXIT_FAILURE);
}

/* The queue adds what it knows. */
static void
answer_status(int fd, struct vb_str words)
{
	struct buffer text = { 0 };

	control.host->describe(&text);
	control_say(fd, ANSWER_OUT, buffer_str(&text));
	buffer_finish(&text);
	hand_over(fd, words);
}

static const struct {
	const char *word;
	void (*answer)(int fd, struct vb_str words);
} answers[] = {
	{ "stop", answer_stop },
	{ "quit", answer_quit },
	{ "reload", answer_reload },
	{ "status", answer_status },
	{ "queue", hand_over },
};

static void
answer(int fd, struct vb_str words)
{
	struct unpack from = { words.p, words.n, false };
	struct vb_str first = unpack_str(&from);

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (vb_str_eq(first, vb_str(answers[i].word))) {
			answers[i].answer(fd, words);
			return;
		}
	say(fd, ANSWER_ERROR, "the server that runs does not know this\n");
	control_end(fd, EXIT_FAILURE);
}

static void
closed(uv_handle_t *handle)
{
	struct caller *c = handle->data;

	if (--c->open == 0)
		free(c);
}

static void has_caller(uv_poll_t *handle, int status, int events);

static void
forget(struct caller *c)
{
	control.callers--;
	uv_poll_start(&control.listening, UV_READABLE, has_caller);
	uv_close((uv_handle_t *)&c->readable, closed);
	uv_close((uv_handle_t *)&c->patience, closed);
}

static void
has_words(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct caller *c = handle->data;
	int fds[PACKET_FDS], fd = c->fd;
	ssize_t n = packet_receive(fd, octets, fds);

	(void)status, (void)events;
	for (int i = 0; i < PACKET_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	forget(c);
	if (n > 0)
		answer(fd, (struct vb_str){ octets, (size_t)n });
	else
		close(fd);
}

static void
out_of_patience(uv_timer_t *timer)
{
	struct caller *c = timer->data;
	int fd = c->fd;

	forget(c);
	close(fd);
}

static void
listen_to(uv_loop_t *loop, int fd)
{
	struct caller *c = must_alloc(sizeof(*c));

	c->fd = fd;
	c->open = 2;
	c->readable.data = c->patience.data = c;
	uv_poll_init(loop, &c->readable, fd);
	uv_poll_start(&c->readable, UV_READABLE | UV_DISCONNECT, has_words);
	uv_timer_init(loop, &c->patience);
	uv_timer_start(&c->patience, out_of_patience, PATIENCE_MS, 0);
	if (++control.callers == CALLERS)
		uv_poll_stop(&control.listening);
}

static void
has_caller(uv_poll_t *handle, int status, int events)
{
	int fd = control_accept(control.socket);

	(void)status, (void)events;
	if (fd >= 0)
		listen_to(handle->loop, fd);
}

void
control_serve(uv_loop_t *loop, const struct control_socket *socket,
    const struct control_host *host)
{
	control.socket = socket;
	control.host = host;
	uv_poll_init(loop, &control.listening, socket->fd);
	uv_poll_start(&control.listening, UV_READABLE, has_caller);
}

void
control_stopped(void)
{
	while (control.n_for_end > 0)
		control_end(control.for_end[--control.n_for_end], EXIT_SUCCESS);
}
