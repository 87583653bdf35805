/* From a session to the queue, and back: mail that is kept. */
#include "core/process/kept_asks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/mail/kept_ask.h"

struct kept_call {
	uv_poll_t answer;
	struct kept_call *next;
	struct kept_asks *asks;
	unsigned number;
	int fd;
};

static void
closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
finish(struct kept_call *call)
{
	uv_close((uv_handle_t *)&call->answer, closed);
	close(call->fd);
}

static void
unlink_call(struct kept_call *call)
{
	struct kept_call **p = &call->asks->first;

	while (*p != call)
		p = &(*p)->next;
	*p = call->next;
}

static void
answered(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct kept_call *call = handle->data;
	struct kept_asks *k = call->asks;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(call->fd, octets, fds);
	struct unpack from = { octets, n < 0 ? 0 : (size_t)n, false };
	struct vb_kept kept;

	(void)status, (void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (!kept_answer_unpack(&from, &kept))
		kept.state = VB_KEPT_UNSURE;
	unlink_call(call);
	session_kept(*k->session, call->number, &kept);
	finish(call);
	k->answered(k->data);
}

static void
send_question(struct kept_call *call, const struct kept_ask *ask, int theirs)
{
	struct buffer question = { 0 };

	kept_ask_pack(&question, ask);
	notices_ask(call->asks->notices, &question, theirs);
}

void
kept_asks_ask(struct kept_asks *k, unsigned number,
    const struct vb_strings *domains, bool lets_go)
{
	const struct kept_ask ask = { .what = lets_go ? KEPT_LET_GO
		                                      : KEPT_COUNT,
		.session = k->id,
		.domains = *domains };
	struct kept_call *call;
	int ends[2];

	if (!packet_pair(ends)) { /* the wait of the session has an end */
		log_event(VB_ERROR, "queue-unreachable",
		    "session=%.*s error=%s", VB_FMT(k->id), strerror(errno));
		return;
	}
	call = must_alloc(sizeof(*call));
	call->asks = k;
	call->number = number;
	call->fd = ends[0];
	call->next = k->first;
	k->first = call;
	call->answer.data = call;
	uv_poll_init(k->loop, &call->answer, call->fd);
	uv_poll_start(&call->answer, UV_READABLE | UV_DISCONNECT, answered);
	send_question(call, &ask, ends[1]);
}

void
kept_asks_forget(struct kept_asks *k)
{
	struct kept_call *next;

	for (struct kept_call *call = k->first; call != NULL; call = next) {
		next = call->next;
		finish(call);
	}
	k->first = NULL;
}
