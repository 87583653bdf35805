/* What comes of a delivery, and of a message when none is under way. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/mail/retry.h"
#include "core/process/keeping.h"

static void
log_delivery(const struct delivery_due *d, const struct report *r)
{
	static const char *const outcomes[] = {
		[VB_FAILED] = "module-failed",
		[VB_DELIVERED] = "delivered",
		[VB_LATER] = "not-now",
		[VB_NEVER] = "refused",
	};
	const struct mail *m = d->mail;
	bool is_local = d->to->kind == RECIPIENT_LOCAL && m->scope != NULL &&
	                m->scope->deliver != NULL;

	log_event(r->outcome == VB_FAILED ? VB_ERROR : VB_INFO,
	    outcomes[r->outcome],
	    "id=%.*s to=<%.*s>%s%.*s module=%s at=deliver status=%.*s %.*s",
	    VB_FMT(m->envelope.id), VB_FMT(d->to->mailbox),
	    r->remote.n > 0 ? " remote=" : "", VB_FMT(r->remote),
	    is_local ? m->scope->deliver->name : "-", VB_FMT(r->status),
	    VB_FMT(r->text));
}

void
queue_forget(struct queue *q, struct mail *m)
{
	if (m->is_known) {
		map_remove(&q->mails, &m->by_id);
		queue_list_kept(q, m);
	}
	queue_tell_asked(m, true, "was delivered, or failed for good, before");
	if (m->segment != NULL)
		ledger_release(&q->ledger, m->segment);
	mail_destroy(m);
}

/* Nothing of it is left to do. A large message whose file is gone when the mark
   was lost counts as delivered: see is_gone() in arrive.c. */
static void
finish(struct queue *q, struct mail *m)
{
	if (m->source.kind == SOURCE_PARKED) {
		queue_end_parked(q, m);
		return;
	}
	queue_mark(
	    q, m, NULL, 0, m->source.kind == SOURCE_JOURNAL && !m->must_last);
	if (m->source.kind == SOURCE_LARGE)
		unlinkat(q->large_dir, mail_name(m), 0);
	queue_forget(q, m);
}

void
queue_close_one(struct queue *q, struct mail *m)
{
	if (--m->n_open > 0)
		return;
	if (m->is_removed && m->n_failed + m->n_later > 0) {
		queue_remove(q, m);
		return;
	}
	if (m->n_failed + m->n_later > 0 && queue_tell_sender(q, m))
		return; /* comes back when the notice is safe */
	if (m->n_later > 0)
		queue_park(q, m);
	else
		finish(q, m);
}

const struct retry_conf *
queue_retry(const struct queue *q, const struct mail *m)
{
	return m->scope != NULL ? &m->scope->conf.retry
	                        : &q->g->top.scope.retry;
}

/* What is kept is no longer tried, but waits for its domain as before. */
static bool
is_worth_trying(const struct queue *q, struct delivery_due *d)
{
	const struct retry retry = {
		.arrived = d->mail->envelope.arrived,
		.now = d->tried,
		.attempts = d->attempts,
		.random = (uint32_t)clock_wall_us(),
	};

	if (d->kept_until == 0)
		return retry_next(queue_retry(q, d->mail), &retry, &d->due);
	d->is_let_go = false;
	d->due = d->kept_until;
	return d->tried < d->kept_until;
}

static void
later(struct queue *q, struct delivery_due *d, const struct report *r)
{
	struct mail *m = d->mail;

	d->status = arena_copy(m->arena, r->status);
	d->text = arena_copy(m->arena, r->text);
	d->remote = arena_copy(m->arena, r->remote);
	d->tried = clock_wall_us() / 1000000;
	d->attempts++;
	if (r->outcome != VB_NEVER && is_worth_trying(q, d)) {
		d->progress = PROGRESS_LATER;
		m->n_later++;
		return;
	}
	d->progress = PROGRESS_FAILED;
	m->n_failed++;
}

/* Would a second delivery be found out? The modules that have .publish look for
   what the first one left. */
static bool
leaves_trace(const struct delivery_due *d)
{
	const struct scope *s = d->mail->scope;

	return d->to->kind == RECIPIENT_LOCAL && s != NULL &&
	       s->deliver != NULL && s->deliver->is.publish != NULL;
}

/* The recipient is served. When others are not, the message itself is not done
   with, and so this is written down. */
static void
delivered(struct queue *q, struct delivery_due *d)
{
	struct mail *m = d->mail;
	const bool is_lax = leaves_trace(d);

	d->progress = PROGRESS_DONE;
	m->must_last = m->must_last || !is_lax;
	if (m->source.kind != SOURCE_PARKED && m->n > 1)
		queue_mark(q, m, &d->number, 1, is_lax);
	else if (m->source.kind == SOURCE_PARKED && !is_lax &&
		 mail_has_others(m))
		queue_note(q, m);
}

void
queue_settle(
    struct queue *q, struct delivery_due *d, const struct report *report)
{
	static const struct report broken = { .outcome = VB_FAILED,
		.status = { "4.3.0", 5 },
		.text = { "local error", 11 } };
	struct mail *m = d->mail;

	if (report->outcome == VB_FAILED)
		report = &broken;
	log_delivery(d, report);
	d->is_noted = false;
	d->again = d->is_alone = false;
	if (report->outcome == VB_DELIVERED) {
		delivered(q, d);
	} else {
		d->again = true; /* perhaps only the sync behind it failed */
		later(q, d, report);
	}
	queue_close_one(q, m);
}
