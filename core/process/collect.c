/*
 * A connection that was turned collects what is kept: it is handed over a
 * message after the other, as core/mail/kept_ask.h says. What it has is with it
 * alone; should it end, that is kept again.
 *
 * It gets what was there at its start, in the order of arrival. A message is
 * read from its file for it; recipients it does not collect for are left as
 * they are. It gets the next one only when what became of the one before is
 * safely noted, so that whoever dies repeats one message at most.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/mail/errand.h"
#include "core/process/collect_state.h"

/* Recipients at one time; how long what cannot be had is waited for. */
enum { ERRAND_MOST = 100, PATIENCE_MS = 5000 };

static void
closed(uv_handle_t *handle)
{
	struct collection *c = handle->data;

	close(c->fd);
	arena_destroy(c->arena);
	free(c->ids.ids);
	free(c->due);
	free(c);
}

static void
end(struct collection *c, const char *why)
{
	struct queue *q = c->queue;

	log_event(VB_DEBUG, "lease-over", "session=%.*s messages=%zu %s",
	    VB_FMT(c->ask.session), c->messages, why);
	if (c->stage == STAGE_READS)
		map_remove(&q->wanted, &c->wanted);
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	q->n_collections--;
	uv_close((uv_handle_t *)&c->socket, closed);
	queue_turn(q);
}

/* There is no more. */
void
collection_finish(struct collection *c, const char *why)
{
	static const struct errand none = { 0 };
	struct buffer packed = { 0 };

	errand_pack(&packed, &none);
	if (!packet_send(c->fd, buffer_str(&packed), NULL, 0))
		why = "the other side is gone";
	buffer_finish(&packed);
	end(c, why);
}

/* What it has is kept again. A message may be gone when its last delivery is
   settled. */
static void
lose(struct collection *c)
{
	static const struct report report = { .outcome = VB_LATER,
		.status = { "4.4.2", 5 },
		.text = { "the connection that collects it is gone", 39 } };

	while (c->n_done < c->n_due)
		queue_settle(c->queue, c->due[c->n_done++], &report);
	end(c, "the other side is gone");
}

void
collection_enter(struct collection *c, enum stage stage)
{
	c->stage = stage;
	c->since = clock_steady_ms();
}

bool
collection_has_waited(const struct collection *c)
{
	return clock_steady_ms() - c->since >= PATIENCE_MS;
}

static void
hand_over(struct collection *c)
{
	struct buffer packed = { 0 };
	size_t left = c->n_due - c->n_done;
	bool ok;

	c->n_out = left < ERRAND_MOST ? left : ERRAND_MOST;
	queue_pack_errand(&packed, c->queue, c->due + c->n_done, c->n_out);
	ok = packet_send(c->fd, buffer_str(&packed), NULL, 0);
	buffer_finish(&packed);
	collection_enter(c, STAGE_OUT);
	if (!ok)
		lose(c);
}

static void
take_reports(struct collection *c, struct vb_str octets)
{
	static const struct report none = { .outcome = VB_FAILED };
	struct unpack from = { octets.p, octets.n, false };
	struct report report;

	for (; c->n_out > 0; c->n_out--)
		queue_settle(c->queue, c->due[c->n_done++],
		    report_unpack(&from, &report) ? &report : &none);
	if (c->n_done < c->n_due) {
		hand_over(c);
		return;
	}
	c->messages++;
	collection_enter(c, STAGE_NOTES);
	queue_turn(c->queue);
}

static void
heard(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct collection *c = handle->data;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(c->fd, octets, fds);

	(void)status, (void)events;
	for (int i = 0; i < PACKET_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0 && c->stage == STAGE_OUT)
		take_reports(c, (struct vb_str){ octets, (size_t)n });
	else
		lose(c);
}

/* Where a note cannot be written no more is handed out, or it might be twice.
 */
static void
look_at_notes(struct collection *c)
{
	const struct mail *m = (const struct mail *)map_find(
	    &c->queue->mails, vb_str(c->id));

	if (map_find(&c->queue->busy, vb_str(c->id)) != NULL ||
	    (m != NULL && m->n_open > 0))
		return;
	if (m != NULL) {
		collection_finish(c, "what became of the last cannot be noted");
		return;
	}
	collection_enter(c, STAGE_CHOOSES);
	collection_choose(c);
}

static void
go_on(struct collection *c)
{
	struct queue *q = c->queue;

	switch (c->stage) {
	case STAGE_BEGINS:
		if (!queue_has_caught_up(q) && !collection_has_waited(c) &&
		    !q->is_stopping)
			break;
		collection_list(c);
		collection_choose(c);
		break;
	case STAGE_CHOOSES:
		collection_choose(c);
		break;
	case STAGE_NOTES:
		look_at_notes(c);
		break;
	case STAGE_READS:
	case STAGE_OUT:
		break;
	}
}

void
queue_go_on_collecting(struct queue *q)
{
	struct collection *next;

	for (struct collection *c = q->collections; c != NULL; c = next) {
		next = c->next;
		go_on(c);
	}
}

bool
queue_is_wanted(const struct queue *q, struct vb_str id)
{
	return map_find(&q->wanted, id) != NULL;
}

static bool
collects_for(const struct collection *c, struct vb_str domain)
{
	for (size_t i = 0; i < c->ask.domains.n; i++)
		if (vb_str_eq(c->ask.domains.items[i], domain))
			return true;
	return false;
}

bool
queue_collect(struct queue *q, struct delivery_due *d)
{
	struct mail *m = d->mail;
	struct collection *c = (struct collection *)map_find(
	    &q->wanted, m->envelope.id);

	if (c == NULL || q->is_stopping || !collects_for(c, d->to->domain))
		return false;
	if (c->n_due == 0)
		c->due = must_resize(
		    c->due, m->n * sizeof(struct delivery_due *));
	c->due[c->n_due++] = d;
	d->progress = PROGRESS_GOING;
	return true;
}

void
queue_was_read(struct queue *q, struct vb_str id)
{
	struct collection *c = (struct collection *)map_find(&q->wanted, id);

	if (c == NULL)
		return;
	map_remove(&q->wanted, &c->wanted);
	collection_enter(c, STAGE_CHOOSES);
	if (c->n_due > 0)
		hand_over(c);
}

void
queue_begin_collecting(
    struct queue *q, struct arena *arena, const struct kept_ask *ask, int fd)
{
	struct collection *c = must_alloc(sizeof(*c));

	c->queue = q;
	c->arena = arena;
	c->ask = *ask;
	c->fd = fd;
	c->socket.data = c;
	uv_poll_init(q->loop, &c->socket, fd);
	uv_poll_start(&c->socket, UV_READABLE | UV_DISCONNECT, heard);
	c->link = &q->collections;
	c->next = q->collections;
	if (c->next != NULL)
		c->next->link = &c->next;
	q->collections = c;
	q->n_collections++;
	collection_enter(c, STAGE_BEGINS);
}
