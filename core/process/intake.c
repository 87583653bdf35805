/*
 * Taking a message: one delivery for each recipient, all at once.
 *
 * A courier that dies or is killed has its delivery tried once more, with
 * `again` set so that a mailbox does not get it twice. One recipient that could
 * not be served now makes it 4yz for all, since there is no queue to keep the
 * rest in: what was delivered may come twice then, and nothing is lost.
 */
#include "core/process/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/mail/job.h"
#include "core/mail/report.h"
#include "core/smtp/query.h"

/* Deliveries of one message that are under way at one time. */
enum { AT_ONCE = 16 };

struct delivery {
	struct intake *intake;
	const struct vb_found *to;
	bool again;
	struct report report;
};

struct intake {
	const struct intake_pools *pools;
	struct arena *arena;
	struct message message;
	struct spool *spool;
	struct delivery *deliveries;
	size_t next;     /* the delivery to begin next */
	size_t left;     /* deliveries that have not ended */
	uv_timer_t soon; /* so that nobody is called back from within */
	intake_done *done;
	void *data;
};

static unsigned count;

unsigned
intake_count(void)
{
	return count;
}

static void
copy_message(struct intake *i, const struct message *m)
{
	struct vb_found *to = arena_alloc(
	    i->arena, m->n_recipients * sizeof(*to));

	i->message = *m;
	i->message.id = arena_copy(i->arena, m->id);
	i->message.session = arena_copy(i->arena, m->session);
	i->message.reverse_path = arena_copy(i->arena, m->reverse_path);
	i->message.trace = arena_copy(i->arena, m->trace);
	for (size_t k = 0; k < m->n_recipients; k++)
		to[k] = found_copy(i->arena, &m->recipients[k]);
	i->message.recipients = to;
}

static void
log_delivery(const struct delivery *d)
{
	static const char *const outcomes[] = {
		[VB_FAILED] = "module-failed",
		[VB_DELIVERED] = "delivered",
		[VB_LATER] = "not-now",
		[VB_NEVER] = "refused",
	};
	const struct message *m = &d->intake->message;

	log_event(d->report.outcome == VB_FAILED ? VB_ERROR : VB_INFO,
	    outcomes[d->report.outcome],
	    "id=%.*s to=<%.*s> module=%s at=deliver status=%.*s %.*s",
	    VB_FMT(m->id), VB_FMT(d->to->mailbox),
	    m->scope->deliver == NULL ? "-" : m->scope->deliver->name,
	    VB_FMT(d->report.status), VB_FMT(d->report.text));
}

/* The worst that happened decides: a failure now, then one for ever. */
static const struct delivery *
worst(const struct intake *i)
{
	const struct delivery *never = NULL;

	for (size_t k = 0; k < i->message.n_recipients; k++) {
		const struct delivery *d = &i->deliveries[k];

		if (d->report.outcome == VB_LATER ||
		    d->report.outcome == VB_FAILED)
			return d;
		if (d->report.outcome == VB_NEVER)
			never = d;
	}
	return never;
}

static void
answer(struct intake *i)
{
	const struct delivery *bad = worst(i);
	struct vb_str text;

	log_event(VB_INFO, bad == NULL ? "stored" : "not-stored",
	    "id=%.*s session=%.*s from=<%.*s> octets=%llu recipients=%zu%s",
	    VB_FMT(i->message.id), VB_FMT(i->message.session),
	    VB_FMT(i->message.reverse_path),
	    (unsigned long long)i->message.octets, i->message.n_recipients,
	    i->done == NULL ? " client=gone" : "");
	if (i->done == NULL)
		return;
	if (bad == NULL) {
		text = arena_printf(
		    i->arena, "OK, stored as %.*s", VB_FMT(i->message.id));
		i->done(i->data, 250, "2.0.0", text);
		return;
	}
	text = arena_printf(i->arena, "<%.*s>: %.*s", VB_FMT(bad->to->mailbox),
	    VB_FMT(bad->report.text));
	i->done(i->data, report_reply_code(&bad->report),
	    arena_string(i->arena, bad->report.status), text);
}

static void
closed(uv_handle_t *handle)
{
	struct intake *i = handle->data;

	const struct intake_pools *pools = i->pools;

	spool_destroy(i->spool);
	arena_destroy(i->arena);
	free(i);
	count--;
	pools->ended(pools->data);
}

static void
finish(struct intake *i)
{
	answer(i);
	uv_close((uv_handle_t *)&i->soon, closed);
}

static void attempt(struct delivery *d);

/* Begins what may be begun; ends when nothing is left. */
static void
go_on(uv_timer_t *timer)
{
	struct intake *i = timer->data;
	size_t all = i->message.n_recipients;

	if (i->left == 0) {
		finish(i);
		return;
	}
	while (i->next < all && i->next - (all - i->left) < AT_ONCE)
		attempt(&i->deliveries[i->next++]);
}

static void
ended(struct delivery *d, struct report report)
{
	struct arena *arena = d->intake->arena;

	d->report.outcome = report.outcome;
	d->report.status = arena_copy(arena, report.status);
	d->report.text = arena_copy(arena, report.text);
	if (d->report.outcome == VB_FAILED) {
		d->report.status = VB_STR("4.3.0");
		d->report.text = VB_STR("local error");
	}
	log_delivery(d);
	d->intake->left--;
	uv_timer_start(&d->intake->soon, go_on, 0, 0);
}

static void
reported(void *data, enum pool_result result, struct vb_str answer)
{
	struct delivery *d = data;
	struct unpack from = { answer.p, answer.n, false };
	struct report report = { .outcome = VB_LATER,
		.status = VB_STR("4.3.0"),
		.text = VB_STR("local error") };

	if (result == POOL_ANSWERED && report_unpack(&from, &report)) {
		ended(d, report);
		return;
	}
	if (d->again) {
		ended(d, report);
		return;
	}
	log_event(VB_WARNING, "delivery-again", "id=%.*s to=<%.*s> reason=%s",
	    VB_FMT(d->intake->message.id), VB_FMT(d->to->mailbox),
	    result == POOL_DIED ? "courier died" : "courier took too long");
	d->again = true;
	attempt(d);
}

static struct pool *
pool_for(const struct intake *i)
{
	const struct scope *scope = i->message.scope;
	bool as_recipient = scope->delivery[scope->deliver->index].as.value ==
	                    AS_RECIPIENT;

	return as_recipient ? i->pools->recipients : i->pools->deliveries;
}

static struct job
make_job(const struct delivery *d)
{
	const struct message *m = &d->intake->message;

	return (struct job){
		.module = vb_str(m->scope->deliver->name),
		.scope = m->scope->index,
		.trace = m->trace,
		.octets = m->octets,
		.seconds = m->scope->conf.limits.delivery_timeout.value,
		.to = {
			.id = m->id,
			.sender = m->reverse_path,
			.mailbox = d->to->mailbox,
			.user = d->to->user,
			.domain = d->to->domain,
			.home = d->to->home,
			.arrived = m->arrived,
			.again = d->again,
		},
	};
}

static void
fail(struct delivery *d, const char *status, const char *text)
{
	ended(d, (struct report){ VB_LATER, vb_str(status), vb_str(text) });
}

static void
attempt(struct delivery *d)
{
	const struct intake *i = d->intake;
	const struct scope *scope = i->message.scope;
	int body = spool_file(i->spool);
	struct buffer request = { 0 };
	struct job job;

	if (body < 0) {
		fail(d, errno == ENOSPC ? "4.3.1" : "4.3.0", strerror(errno));
		return;
	}
	if (scope->deliver == NULL || pool_for(i) == NULL) {
		fail(d, "4.3.5", "no module delivers here");
		return;
	}
	job = make_job(d);
	job_pack(&request, &job);
	if (pool_ask(pool_for(i), &request, body,
		scope->conf.limits.delivery_timeout.value * 1000, reported,
		d) == NULL)
		fail(d, "4.3.0", "no courier can be reached");
}

static void
spooled(void *data)
{
	struct intake *i = data;

	go_on(&i->soon);
}

struct intake *
intake_take(const struct intake_pools *pools, const struct message *message,
    struct spool *spool, intake_done *done, void *data)
{
	struct intake *i = must_alloc(sizeof(*i));
	size_t n = message->n_recipients;

	count++;
	i->pools = pools;
	i->arena = arena_create();
	i->spool = spool;
	i->done = done;
	i->data = data;
	copy_message(i, message);
	uv_timer_init(spool_loop(spool), &i->soon);
	i->soon.data = i;
	i->deliveries = arena_alloc(i->arena, n * sizeof(struct delivery));
	i->left = n;
	for (size_t k = 0; k < n; k++) {
		i->deliveries[k].intake = i;
		i->deliveries[k].to = &i->message.recipients[k];
	}
	if (spool_is_busy(spool))
		spool_tell(spool, spooled, i);
	else
		go_on(&i->soon);
	return i;
}

void
intake_forget(struct intake *i)
{
	i->done = NULL;
}
