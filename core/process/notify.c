/*
 * Notices to senders: what failed for ever, and what is late. A notice is a
 * message like others, in our own journal; only when it is safe there is what
 * it tells of done with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/mail/bounce.h"
#include "core/mail/retry.h"
#include "core/process/ids.h"
#include "core/process/submit.h"

/* What a notice about a notice has for a session: it is never told of again. */
#define DOUBLE_BOUNCE "double-bounce"

enum { AGAIN_SECONDS = 60 };

/* One on its way into the journal. */
struct notification {
	struct queue *queue;
	struct mail *mail;
	struct arena *arena;
	struct recipient to;
	struct submission made;
	struct bounce_failure *failures;
	size_t n;
};

static int64_t
now(void)
{
	return clock_wall_us() / 1000000;
}

static bool
is_late(const struct queue *q, const struct delivery_due *d)
{
	const struct mail *m = d->mail;

	return d->progress == PROGRESS_LATER && !d->is_told &&
	       d->kept_until == 0 && m->envelope.reverse_path.n > 0 &&
	       retry_wants_warning(
		   queue_retry(q, m), m->envelope.arrived, now());
}

static void
add_failure(struct notification *n, const struct delivery_due *d)
{
	const struct mail *m = d->mail;
	bool is_failed = d->progress == PROGRESS_FAILED;
	const struct retry_conf *conf = queue_retry(n->queue, m);

	n->failures[n->n++] = (struct bounce_failure){
		.recipient = d->to,
		.action = is_failed ? BOUNCE_FAILED : BOUNCE_DELAYED,
		.status = d->status,
		.text = d->text,
		.remote = d->remote,
		.tried = d->tried,
		.until = is_failed ? 0
		                   : m->envelope.arrived + conf->expire.value,
	};
}

/* The first octets of the message: trace fields, then the header. */
static struct vb_str
read_header(const struct queue *q, const struct mail *m, struct arena *arena)
{
	const struct vb_str trace = m->envelope.trace;
	char *header = arena_alloc(arena, trace.n + BOUNCE_HEADER_MOST);

	if (trace.n > 0)
		memcpy(header, trace.p, trace.n);
	return (struct vb_str){ header,
		trace.n + mail_read(m, q->g->top.process.state_dir.name,
			      header + trace.n, BOUNCE_HEADER_MOST) };
}

/* To the sender, on the way that is kept for it; of a notice that failed
 * itself, to the postmaster. */
static struct vb_str
whom(const struct notification *n)
{
	const struct mail *m = n->mail;

	if (m->envelope.reverse_path.n > 0)
		return m->scope != NULL && scope_keeps_way_back(m->scope)
		           ? m->envelope.return_path
		           : m->envelope.reverse_path;
	return arena_printf(n->arena, "postmaster@%.*s",
	    VB_FMT(m->scope->site->conf.domains.items[0]));
}

static void
write_message(struct notification *n)
{
	const struct mail *m = n->mail;
	const struct bounce bounce = {
		.envelope = &m->envelope,
		.original = read_header(n->queue, m, n->arena),
		.failures = n->failures,
		.n_failures = n->n,
		.id = n->made.envelope.id,
		.hostname = n->queue->g->top.process.hostname,
		.profile = m->scope == NULL ? PROFILE_RFC5321
		                            : m->scope->site->profile,
		.now = now(),
	};

	bounce_write(&n->made.body, &bounce);
}

static void
write_envelope(struct notification *n)
{
	const struct mail *m = n->mail;
	bool is_double = m->envelope.reverse_path.n == 0;

	n->to = (struct recipient){ .kind = RECIPIENT_UNKNOWN,
		.mailbox = whom(n) };
	n->made.envelope = (struct envelope){
		.id = arena_copy(n->arena, id_make()),
		.session = is_double ? VB_STR(DOUBLE_BOUNCE)
		                     : m->envelope.session,
		.scope = m->envelope.scope,
		.arrived = now(),
		.recipients = &n->to,
		.n_recipients = 1,
	};
}

/* Who failed is done with now, who is late was told. */
static void
set_told(struct mail *m, const struct queue *q)
{
	for (size_t i = 0; i < m->n; i++) {
		struct delivery_due *d = &m->deliveries[i];

		if (d->progress == PROGRESS_FAILED)
			d->progress = PROGRESS_DONE;
		else if (is_late(q, d))
			d->is_told = true;
		else
			continue;
		d->is_noted = false;
	}
	m->n_failed = 0;
	m->must_last = true;
}

static void
try_again(struct mail *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct delivery_due *d = &m->deliveries[i];

		if (d->progress != PROGRESS_FAILED)
			continue;
		d->progress = PROGRESS_LATER;
		d->due = now() + AGAIN_SECONDS;
		d->kept_until = 0;
		m->n_later++;
	}
	m->n_failed = 0;
}

/* Not at once: what is late would be told of again, and again fail, in each
   turn for as long as the disk is full. */
static void
not_told(struct queue *q, struct mail *m)
{
	try_again(m);
	if (--m->n_open > 0)
		return;
	if (m->is_removed)
		queue_remove(q, m);
	else
		queue_park(q, m);
}

static void
journalled(void *data, enum journal_result result, int error,
    struct journal_place place)
{
	struct notification *n = data;
	struct queue *q = n->queue;
	struct mail *m = n->mail;

	(void)place;
	log_event(result == JOURNAL_DURABLE ? VB_INFO : VB_ERROR,
	    result == JOURNAL_DURABLE ? "notified" : "not-notified",
	    "id=%.*s of=%.*s to=<%.*s> recipients=%zu%s%s",
	    VB_FMT(n->made.envelope.id), VB_FMT(m->envelope.id),
	    VB_FMT(n->to.mailbox), n->n,
	    error == 0 ? "" : " error=", error == 0 ? "" : strerror(error));
	submission_finish(&n->made);
	arena_destroy(n->arena);
	free(n);
	if (result != JOURNAL_DURABLE) {
		not_told(q, m);
		return;
	}
	set_told(m, q);
	queue_close_one(q, m);
}

static void
submit(struct notification *n)
{
	write_envelope(n);
	write_message(n);
	n->mail->n_open++;
	queue_submit(n->queue, &n->made, journalled, n);
}

/* A notice cannot be delivered: nobody is told, but perhaps the postmaster. */
static bool
goes_to_postmaster(const struct queue *q, const struct mail *m)
{
	return queue_retry(q, m)->double_bounce.value ==
	           DOUBLE_BOUNCE_POSTMASTER &&
	       m->scope != NULL && m->scope->site->conf.domains.n > 0 &&
	       !vb_str_eq(m->envelope.session, VB_STR(DOUBLE_BOUNCE));
}

bool
queue_tell_sender(struct queue *q, struct mail *m)
{
	struct arena *arena = arena_create();
	struct notification *n = must_alloc(sizeof(*n));

	n->queue = q;
	n->mail = m;
	n->arena = arena;
	n->failures = arena_alloc(arena, m->n * sizeof(*n->failures));
	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_FAILED ||
		    is_late(q, &m->deliveries[i]))
			add_failure(n, &m->deliveries[i]);
	if (n->n > 0 &&
	    (bounce_is_due(&m->envelope) || goes_to_postmaster(q, m))) {
		submit(n);
		return true;
	}
	if (n->n > 0)
		log_event(VB_NOTICE, "discarded",
		    "id=%.*s session=%.*s: a notification that nobody takes",
		    VB_FMT(m->envelope.id), VB_FMT(m->envelope.session));
	set_told(m, q);
	arena_destroy(arena);
	free(n);
	return false;
}
