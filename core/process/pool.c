/* Asking a pool of couriers. */
#include "core/process/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/io/packet.h"

enum { PATIENCE = 4 };

struct pool_call {
	uv_poll_t answer; /* first: handles know us by their address */
	uv_timer_t timer;
	int open_handles;
	struct pool *pool;
	struct pool_call *next; /* in the pool's queue, while it is full */
	int fd;                 /* our end of the answer's socket */
	int theirs;             /* theirs, until it is sent */
	int body;               /* a copy, until it is sent */
	struct buffer request;
	int64_t timeout_ms;
	bool is_taken;
	long courier; /* its process, once it has taken the request; 0 when it
	                 must not be ended, and sees itself to the time */
	pool_done *done;
	void *data;
};

struct pool {
	uv_poll_t writable;
	int fd;
	size_t n_taken;                  /* calls */
	struct pool_call *first, **last; /* wait until there is room */
};

static void
closed(uv_handle_t *handle)
{
	struct pool_call *call = handle->data;

	if (--call->open_handles > 0)
		return;
	close(call->fd);
	free(call);
}

static void
end(struct pool_call *call, enum pool_result result, struct vb_str answer)
{
	pool_done *done = call->done;

	if (uv_is_closing((uv_handle_t *)&call->timer))
		return;
	call->done = NULL;
	if (call->is_taken)
		call->pool->n_taken--;
	shutdown(call->fd, SHUT_RDWR); /* nobody begins with it any more */
	uv_close((uv_handle_t *)&call->answer, closed);
	uv_close((uv_handle_t *)&call->timer, closed);
	if (done != NULL)
		done(call->data, result, answer);
}

static void
close_sent(struct pool_call *call)
{
	buffer_finish(&call->request);
	close(call->theirs);
	if (call->body >= 0)
		close(call->body);
	call->theirs = call->body = -1;
}

static void
unqueue(struct pool_call *call)
{
	struct pool *pool = call->pool;
	struct pool_call **p = &pool->first;

	while (*p != NULL && *p != call)
		p = &(*p)->next;
	if (*p == NULL)
		return;
	*p = call->next;
	if (*p == NULL)
		pool->last = p;
}

static void
timed_out(uv_timer_t *timer)
{
	struct pool_call *call = timer->data;

	log_event(VB_ERROR, "courier-timeout", "courier=%ld", call->courier);
	if (call->courier > 0)
		kill((pid_t)call->courier, SIGKILL);
	if (call->theirs >= 0) {
		unqueue(call);
		end(call, POOL_TIMED_OUT, VB_STR(""));
		close_sent(call);
		return;
	}
	end(call, POOL_TIMED_OUT, VB_STR(""));
}

/* First the courier says who it is, then what came of it. */
static void
answered(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct pool_call *call = handle->data;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(call->fd, octets, fds);
	struct unpack from = { octets, n < 0 ? 0 : (size_t)n, false };

	(void)status, (void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end(call, POOL_DIED, VB_STR(""));
		return;
	}
	if (!call->is_taken) {
		call->is_taken = true;
		call->pool->n_taken++;
		call->courier = (long)unpack_number(&from);
		if (call->courier > 0)
			uv_timer_start(&call->timer, timed_out,
			    (uint64_t)call->timeout_ms, 0);
		else
			uv_timer_stop(&call->timer);
		return;
	}
	end(call, POOL_ANSWERED, (struct vb_str){ octets, (size_t)n });
}

/* False when the pool's socket is full. */
static bool
send_call(struct pool_call *call)
{
	int fds[] = { call->theirs, call->body };

	if (!packet_send(call->pool->fd, buffer_str(&call->request), fds,
		call->body < 0 ? 1 : 2)) {
		if (errno == EAGAIN)
			return false;
		log_event(VB_ERROR, "courier-unreachable", "error=%s",
		    strerror(errno));
	}
	close_sent(call);
	return true;
}

static void
has_room(uv_poll_t *handle, int status, int events)
{
	struct pool *pool = handle->data;

	(void)status, (void)events;
	while (pool->first != NULL) {
		struct pool_call *call = pool->first;

		if (!send_call(call))
			return;
		pool->first = call->next;
	}
	pool->last = &pool->first;
	uv_poll_stop(&pool->writable);
}

struct pool *
pool_create(uv_loop_t *loop, int fd)
{
	struct pool *pool = must_alloc(sizeof(*pool));

	pool->fd = fd;
	pool->last = &pool->first;
	pool->writable.data = pool;
	uv_poll_init(loop, &pool->writable, fd);
	return pool;
}

static void
start(struct pool *pool, struct pool_call *call)
{
	uv_loop_t *loop = pool->writable.loop;

	uv_poll_init(loop, &call->answer, call->fd);
	uv_timer_init(loop, &call->timer);
	call->answer.data = call->timer.data = call;
	call->open_handles = 2;
	uv_poll_start(&call->answer, UV_READABLE | UV_DISCONNECT, answered);
	uv_timer_start(
	    &call->timer, timed_out, (uint64_t)call->timeout_ms * PATIENCE, 0);
}

struct pool_call *
pool_ask(struct pool *pool, struct buffer *request, int body,
    int64_t timeout_ms, pool_done *done, void *data)
{
	struct pool_call *call = must_alloc(sizeof(*call));
	int fds[2];

	if (!packet_pair(fds)) {
		log_event(VB_ERROR, "courier-unreachable", "error=%s",
		    strerror(errno));
		buffer_finish(request);
		free(call);
		return NULL;
	}
	call->pool = pool;
	call->fd = fds[0];
	call->theirs = fds[1];
	call->body = body < 0 ? -1 : dup(body);
	call->request = *request;
	call->timeout_ms = timeout_ms;
	call->done = done;
	call->data = data;
	*request = (struct buffer){ 0 };
	start(pool, call);
	if (pool->first == NULL && send_call(call))
		return call;
	*pool->last = call;
	pool->last = &call->next;
	uv_poll_start(&pool->writable, UV_WRITABLE, has_room);
	return call;
}

size_t
pool_taken(const struct pool *pool)
{
	return pool->n_taken;
}

void
pool_forget(struct pool_call *call)
{
	if (call != NULL)
		call->done = NULL;
}
