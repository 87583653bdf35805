/*
 * What workers ask about mail that is kept (core/mail/kept_ask.h): how much
 * there is, and to let it go. Who collects it has collect.c.
 *
 * Whoever asks has been answered 250 for what it sent before. So an answer
 * waits until all is read that the queue was told of by then; but not for ever.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/process/keeping.h"

enum { PATIENCE_MS = 5000 };

struct kept_asker {
	struct kept_asker *next;
	struct arena *arena;
	struct kept_ask ask;
	int fd;
	int64_t since; /* clock_steady_ms() */
};

bool
queue_has_caught_up(const struct queue *q)
{
	return q->walking == NULL && q->rereading == 0 &&
	       !q->intray.has_marks &&
	       schedule_next(&q->schedule) > DUE_FIRST &&
	       !ledger_has_any(&q->ledger);
}

static void
answer(struct queue *q, const struct kept_asker *a)
{
	struct vb_kept kept = { .size = sizeof(kept),
		.state = queue_has_caught_up(q) ? VB_KEPT_KNOWN
		                                : VB_KEPT_UNSURE };
	struct buffer packed = { 0 };

	if (a->ask.what == KEPT_LET_GO)
		queue_let_go(q, &a->ask.domains, &kept);
	else
		kept_count(&q->kept, &a->ask.domains, &kept);
	kept_answer_pack(&packed, &kept);
	if (!packet_send(a->fd, buffer_str(&packed), NULL, 0))
		log_event(VB_WARNING, "kept", "session=%.*s answer: error=%s",
		    VB_FMT(a->ask.session), strerror(errno));
	buffer_finish(&packed);
}

static void
end(struct kept_asker *a)
{
	close(a->fd);
	arena_destroy(a->arena);
	free(a);
}

void
queue_answer_kept(struct queue *q)
{
	int64_t now = clock_steady_ms();

	while (q->kept_askers != NULL &&
	       (q->is_stopping || queue_has_caught_up(q) ||
		   now - q->kept_askers->since >= PATIENCE_MS)) {
		struct kept_asker *a = q->kept_askers;

		q->kept_askers = a->next;
		answer(q, a);
		end(a);
	}
}

void
queue_kept_asked(struct queue *q, struct vb_str octets, int fd)
{
	struct kept_asker *a = must_alloc(sizeof(*a)), **last = &q->kept_askers;
	struct unpack from = { NULL, octets.n, false };

	a->arena = arena_create();
	a->fd = fd;
	a->since = clock_steady_ms();
	from.p = arena_copy(a->arena, octets).p;
	if (!kept_ask_unpack(&from, a->arena, &a->ask)) {
		end(a);
		return;
	}
	if (a->ask.what == KEPT_COLLECT) {
		queue_begin_collecting(q, a->arena, &a->ask, fd);
		free(a);
		return;
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = a;
}
