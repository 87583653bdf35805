/* A connected stream: octets in while they are wanted, octets out, an end. */
#include "core/io/channel.h"

#include <stdlib.h>

#include "core/base/memory.h"

enum { READ_SIZE = 64 * 1024, LINGER_MS = 2000 };

struct channel {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} in;
	uv_timer_t linger;
	uv_shutdown_t shutdown;
	uv_write_t write;
	uv_connect_t connect;
	struct buffer sending;           /* while is_sending */
	const struct channel_user *user; /* NULL: nobody has it */
	void *data;
	int open_handles;
	bool is_reading;  /* octets are wanted */
	bool is_watching; /* and looked for: see give_room() */
	bool is_sending, is_ending, is_closing, is_eof;
};

static char read_room[READ_SIZE];

static void has_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room);

void
channel_give(struct channel *c, const struct channel_user *user, void *data)
{
	c->user = user;
	c->data = data;
}

static void
closed(uv_handle_t *handle)
{
	struct channel *c = handle->data;

	if (--c->open_handles > 0)
		return;
	buffer_finish(&c->sending);
	if (c->user != NULL)
		c->user->closed(c->data);
	free(c);
}

void
channel_close(struct channel *c)
{
	if (c->is_closing)
		return;
	c->is_closing = true;
	uv_close(&c->in.handle, closed);
	uv_close((uv_handle_t *)&c->linger, closed);
}

void
channel_drop(struct channel *c)
{
	channel_give(c, NULL, NULL);
	channel_close(c);
}

static void
lose(struct channel *c, int error)
{
	if (c->is_closing)
		return;
	if (!c->is_ending)
		c->user->gone(c->data, error);
	channel_close(c);
}

/*
 * Who does not want octets mostly wants them again before there are any. So the
 * kernel is told only when some are there; with no room they stay in it.
 */
static void
give_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
	const struct channel *c = handle->data;

	(void)size;
	*room = c->is_reading ? uv_buf_init(read_room, sizeof(read_room))
	                      : uv_buf_init(NULL, 0);
}

static void
watch(struct channel *c, bool on)
{
	c->is_watching = on;
	if (on)
		uv_read_start(&c->in.stream, give_room, has_read);
	else
		uv_read_stop(&c->in.stream);
}

/* The other side has said all it will; what we are saying, it may still hear.
 */
static void
ended(struct channel *c, int error)
{
	c->is_eof = true;
	c->is_reading = false;
	watch(c, false);
	if (error != UV_EOF || !c->is_sending)
		lose(c, error);
}

static void
has_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *room)
{
	struct channel *c = stream->data;

	(void)room;
	if (n == UV_ENOBUFS)
		watch(c, false);
	else if (n < 0)
		ended(c, (int)n);
	else if (n > 0 && !c->is_ending)
		c->user->octets(
		    c->data, (struct vb_str){ read_room, (size_t)n });
}

void
channel_read(struct channel *c, bool on)
{
	c->is_reading = on && !c->is_eof;
	if (c->is_reading && !c->is_watching)
		watch(c, true);
}

static void
has_written(uv_write_t *request, int status)
{
	struct channel *c = request->data;

	c->is_sending = false;
	buffer_finish(&c->sending);
	if (c->is_closing)
		return;
	if (status >= 0)
		c->user->sent(c->data);
	if (status < 0 || (c->is_eof && !c->is_sending))
		lose(c, status < 0 ? status : UV_EOF);
}

bool
channel_send(struct channel *c, struct buffer *output)
{
	uv_buf_t part = uv_buf_init(output->p, (unsigned)output->n);
	int n;

	if (output->n == 0 || c->is_sending)
		return true;
	n = uv_try_write(&c->in.stream, &part, 1);
	if (n < 0 && n != UV_EAGAIN) {
		lose(c, n);
		return false;
	}
	if (n > 0)
		buffer_drop(output, (size_t)n);
	if (output->n == 0)
		return true;
	c->sending = *output;
	*output = (struct buffer){ 0 };
	part = uv_buf_init(c->sending.p, (unsigned)c->sending.n);
	c->is_sending = true;
	c->write.data = c;
	uv_write(&c->write, &c->in.stream, &part, 1, has_written);
	return true;
}

size_t
channel_unsent(const struct channel *c)
{
	return c->is_sending ? c->sending.n : 0;
}

static void
lingered(uv_timer_t *timer)
{
	channel_close(timer->data);
}

static void
has_shut(uv_shutdown_t *request, int status)
{
	struct channel *c = request->data;

	if (c->is_closing)
		return;
	if (status < 0)
		channel_close(c);
	else
		uv_timer_start(&c->linger, lingered, LINGER_MS, 0);
}

void
channel_end(struct channel *c)
{
	c->is_ending = true;
	c->shutdown.data = c;
	channel_read(c, true);
	if (uv_shutdown(&c->shutdown, &c->in.stream, has_shut) != 0)
		channel_close(c);
}

static struct channel *
create(uv_loop_t *loop, bool is_unix)
{
	struct channel *c = must_alloc(sizeof(*c));

	c->open_handles = 2;
	if (is_unix)
		uv_pipe_init(loop, &c->in.pipe, 0);
	else
		uv_tcp_init(loop, &c->in.tcp);
	uv_timer_init(loop, &c->linger);
	c->in.handle.data = c->linger.data = c;
	return c;
}

struct channel *
channel_accept(uv_stream_t *listener, bool is_unix)
{
	struct channel *c = create(listener->loop, is_unix);

	if (uv_accept(listener, &c->in.stream) != 0) {
		channel_drop(c);
		return NULL;
	}
	if (!is_unix)
		uv_tcp_nodelay(&c->in.tcp, 1);
	return c;
}

static void
has_connected(uv_connect_t *request, int status)
{
	struct channel *c = request->data;

	if (c->is_closing)
		return;
	if (status < 0) {
		lose(c, status);
		return;
	}
	uv_tcp_nodelay(&c->in.tcp, 1);
	c->user->connected(c->data);
}

static int
begin_to_connect(struct channel *c, const struct sockaddr_storage *to,
    const struct sockaddr_storage *from)
{
	int error = 0;

	if (from != NULL && from->ss_family == to->ss_family)
		error = uv_tcp_bind(
		    &c->in.tcp, (const struct sockaddr *)from, 0);
	if (error == 0)
		error = uv_tcp_connect(&c->connect, &c->in.tcp,
		    (const struct sockaddr *)to, has_connected);
	return error;
}

struct channel *
channel_connect(uv_loop_t *loop, const struct sockaddr_storage *to,
    const struct sockaddr_storage *from, int *error)
{
	struct channel *c = create(loop, false);

	c->connect.data = c;
	*error = begin_to_connect(c, to, from);
	if (*error == 0)
		return c;
	channel_drop(c);
	return NULL;
}

void
channel_ends(const struct channel *c, struct sockaddr_storage *theirs,
    struct sockaddr_storage *ours)
{
	int size = sizeof(*theirs), our_size = sizeof(*ours);

	*theirs = *ours = (struct sockaddr_storage){ 0 };
	if (c->in.handle.type != UV_TCP)
		return;
	uv_tcp_getpeername(&c->in.tcp, (struct sockaddr *)theirs, &size);
	uv_tcp_getsockname(&c->in.tcp, (struct sockaddr *)ours, &our_size);
}
