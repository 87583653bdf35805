/*
 * Errands for workers: a message for recipients elsewhere. And when their lane
 * may have the next.
 *
 * Nothing but our note tells that another server has a message. So the lane
 * gets its turn back only when that is written, and who dies repeats one
 * message for each connection at most.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/mail/errand.h"
#include "core/process/queue.h"

/* A lane whose last message is not noted yet. */
struct noting {
	struct noting *next;
	struct lane *lane;
	char id[SCHEDULE_ID]; /* of the message */
	uint64_t marks;       /* those that must have ended */
};

struct vb_str
queue_reverse_path(const struct mail *m)
{
	return scope_keeps_way_back(m->scope) ? m->envelope.return_path
	                                      : m->envelope.reverse_path;
}

/* Sent before its time, it was asked for. */
static int64_t
asked(const struct queue *q, const struct delivery_due *d)
{
	bool is_early = d->due > clock_wall_us() / 1000000;

	return is_early || d->is_let_go ? q->asked : 0;
}

void
queue_pack_errand(struct buffer *to, const struct queue *q,
    struct delivery_due *const *deliveries, size_t n)
{
	const struct mail *m = deliveries[0]->mail;
	struct arena *arena = arena_create();
	struct vb_str *recipients = arena_alloc(arena, n * sizeof(*recipients));
	const struct errand errand = {
		.scope = m->scope->index,
		.id = m->envelope.id,
		.domain = deliveries[0]->to->domain,
		.reverse_path = queue_reverse_path(m),
		.recipients = recipients,
		.n_recipients = n,
		.trace = m->envelope.trace,
		.file = mail_file(m, arena),
		.at = m->source.at,
		.octets = m->envelope.octets,
		.has_8bit = m->envelope.has_8bit,
		.asked = asked(q, deliveries[0]),
	};

	for (size_t i = 0; i < n; i++)
		recipients[i] = deliveries[i]->to->mailbox;
	errand_pack(to, &errand);
	arena_destroy(arena);
}

void
queue_give_back_noted(struct queue *q, struct lane *lane, struct vb_str id)
{
	struct noting *n = must_alloc(sizeof(*n));

	n->lane = lane;
	n->marks = q->marks;
	memcpy(n->id, id.p, id.n);
	n->next = q->noting;
	q->noting = n;
}

static bool
is_noted(const struct queue *q, const struct noting *n)
{
	return q->marks_ended >= n->marks &&
	       map_find(&q->busy, vb_str(n->id)) == NULL;
}

void
queue_look_at_noted(struct queue *q)
{
	struct noting **p = &q->noting, *n;

	while ((n = *p) != NULL) {
		if (!is_noted(q, n)) {
			p = &n->next;
			continue;
		}
		*p = n->next;
		lanes_back(n->lane, true);
		free(n);
	}
}
