/*
 * A recipient that turned out to stand for several: the message goes into our
 * journal once more, to all of them, and only when it is safe there the first
 * one is done with. So each of them is a delivery of its own, with its own
 * attempts and marks, which stay true when the alias is changed meanwhile. Who
 * dies in between has them found anew, and some may get the message twice.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/process/ids.h"
#include "core/process/submit.h"

struct expansion {
	struct queue *queue;
	struct delivery_due *due;
	struct submission made;
};

static void
settle(const struct expansion *e, bool is_safe)
{
	const struct delivery_due *d = e->due;
	const struct report report = {
		.outcome = is_safe ? VB_DELIVERED : VB_LATER,
		.status = is_safe ? VB_STR("2.1.5") : VB_STR("4.3.0"),
		.text = is_safe ? arena_printf(d->mail->arena,
				      "to %zu members, as %.*s",
				      e->made.envelope.n_recipients,
				      VB_FMT(e->made.envelope.id))
		                : VB_STR("cannot be given to its members now"),
	};

	queue_settle(e->queue, e->due, &report);
}

static void
end(struct expansion *e, bool is_safe)
{
	settle(e, is_safe);
	submission_finish(&e->made);
	free(e);
}

static void
journalled(void *data, enum journal_result result, int error,
    struct journal_place place)
{
	struct expansion *e = data;

	(void)place;
	log_event(result == JOURNAL_DURABLE ? VB_INFO : VB_ERROR,
	    result == JOURNAL_DURABLE ? "expanded" : "not-expanded",
	    "id=%.*s of=%s to=<%.*s> recipients=%zu%s%s",
	    VB_FMT(e->made.envelope.id), mail_name(e->due->mail),
	    VB_FMT(e->due->to->mailbox), e->made.envelope.n_recipients,
	    error == 0 ? "" : " error=", error == 0 ? "" : strerror(error));
	end(e, result == JOURNAL_DURABLE);
}

static bool
copy_octets(const struct expansion *e, struct buffer *to)
{
	const struct mail *m = e->due->mail;
	const size_t n = (size_t)m->envelope.octets;

	to->n += mail_read(
	    m, e->queue->g->top.process.state_dir.name, buffer_room(to, n), n);
	return to->n == n;
}

static struct envelope
envelope_for(const struct mail *m, const struct recipient *to, size_t n)
{
	struct envelope made = m->envelope;

	made.id = arena_copy(m->arena, id_make());
	made.recipients = to;
	made.n_recipients = n;
	return made;
}

void
queue_expand(struct queue *q, struct delivery_due *d,
    const struct recipient *to, size_t n)
{
	struct expansion *e;

	if (d->mail->is_held || d->mail->is_removed) {
		queue_put_aside(q, d);
		return;
	}
	e = must_alloc(sizeof(*e));
	e->queue = q;
	e->due = d;
	e->made.envelope = envelope_for(d->mail, to, n);
	if (copy_octets(e, &e->made.body))
		queue_submit(q, &e->made, journalled, e);
	else
		end(e, false);
}
