/*
 * Batches of deliveries for couriers, and what they report.
 *
 * A courier that is free is given what waits, at most BATCH at once. Shortly
 * after a batch, what comes waits for company: a batch costs two syncs, however
 * large it is. But nothing waits longer than SOON_MS for that.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/mail/job.h"
#include "core/process/queue.h"

enum { BATCH = 512, SOON_MS = 25, PACKET_ROOM = 192 * 1024 };

/* A quarter of the time in which a worker must begin with an errand. */
enum { REMOTE_MS = 6 * 3600 * 1000 };

struct dispatch {
	struct queue *queue;
	enum pair pair;
	size_t n;
	int64_t began;
	bool has_delivered;
	struct delivery_due *deliveries[BATCH];
};

static void
pack_job(struct buffer *to, const struct delivery_due *d, struct arena *arena,
    bool is_company)
{
	const struct mail *m = d->mail;
	int64_t seconds = m->scope->conf.limits.delivery_timeout.value;
	const struct job job = {
		.module = vb_str(m->scope->deliver->name),
		.scope = m->scope->index,
		.return_path = queue_reverse_path(m),
		.trace = m->envelope.trace,
		.file = mail_file(m, arena),
		.at = m->source.at,
		.octets = m->envelope.octets,
		.seconds = is_company ? 2 * seconds : seconds,
		.to = {
			.id = m->envelope.id,
			.sender = m->envelope.reverse_path,
			.mailbox = d->to->mailbox,
			.user = d->to->user,
			.domain = d->to->domain,
			.home = d->to->home,
			.arrived = m->envelope.arrived,
			.again = d->again,
			.has_others = m->n > 1,
		},
	};

	job_pack(to, &job);
}

/* Each lane that the batch had something of gets its turn back. */
static void
give_back_lanes(const struct dispatch *b, bool went_well)
{
	struct lane *last = NULL;

	for (size_t i = 0; i < b->n; i++) {
		struct lane *lane = b->deliveries[i]->lane;

		if (lane != last)
			lanes_back(lane, went_well);
		last = lane;
	}
}

/* What a courier did not report: it is tried again at once, alone, and if that
   goes wrong too, later. False: at once. */
static bool
not_reported(struct queue *q, struct delivery_due *d, const char *why)
{
	const struct report report = { .outcome = VB_LATER,
		.status = VB_STR("4.3.0"),
		.text = VB_STR("local error") };

	if (d->is_alone) {
		queue_settle(q, d, &report);
		return true;
	}
	log_event(VB_WARNING, "delivery-again", "id=%.*s to=<%.*s> reason=%s",
	    VB_FMT(d->mail->envelope.id), VB_FMT(d->to->mailbox), why);
	d->again = d->is_alone = true;
	return false;
}

/* Another has the mailbox locked: it is worth waiting for, but not while others
   wait as well. */
static bool
is_busy(const struct dispatch *b, const struct report *report)
{
	return b->pair != PAIR_REMOTE && b->n > 1 &&
	       report->outcome == VB_LATER &&
	       vb_str_eq(report->status, VB_STR("4.2.0"));
}

static void
busy(struct delivery_due *d, const struct report *report)
{
	log_event(VB_INFO, "delivery-again", "id=%.*s to=<%.*s> reason=%.*s",
	    VB_FMT(d->mail->envelope.id), VB_FMT(d->to->mailbox),
	    VB_FMT(report->text));
	d->is_alone = true;
}

/* What is left of the batch goes before all else, in the order it had. */
static void
enter_again(const struct dispatch *b, size_t n)
{
	while (n-- > 0)
		queue_enter(b->queue, b->deliveries[n], true);
}

/* False: it is to be tried again at once. */
static bool
is_settled(struct dispatch *b, struct delivery_due *d, enum pool_result result,
    struct unpack *from)
{
	struct report report;

	if (result != POOL_ANSWERED || !report_unpack(from, &report))
		return not_reported(b->queue, d,
		    result == POOL_TIMED_OUT ? "courier took too long"
					     : "courier died");
	if (is_busy(b, &report)) {
		busy(d, &report);
		return false;
	}
	b->has_delivered = b->has_delivered || report.outcome == VB_DELIVERED;
	queue_settle(b->queue, d, &report);
	return true;
}

/* Next hops that were found dead answer soon, too: only what was delivered
   tells that one is swift. */
static void
note_pace(const struct dispatch *b, enum pool_result result, struct lane *lane,
    int64_t took)
{
	if (b->pair != PAIR_REMOTE || result != POOL_ANSWERED)
		return;
	if (took >= LANES_SWIFT_MS)
		lanes_note(lane, LANE_SLOW);
	else if (b->has_delivered)
		lanes_note(lane, LANE_SWIFT);
}

static void
reported(void *data, enum pool_result result, struct vb_str answer)
{
	struct dispatch *b = data;
	struct queue *q = b->queue;
	struct unpack from = { answer.p, answer.n, false };
	int64_t took = clock_steady_ms() - b->began;
	struct lane *lane = b->deliveries[0]->lane;
	const struct vb_str id_of = b->deliveries[0]->mail->envelope.id;
	char id[SCHEDULE_ID] = "";
	size_t n = 0;

	memcpy(id, id_of.p, id_of.n);
	q->going[b->pair]--;
	if (b->pair != PAIR_REMOTE)
		give_back_lanes(b, result == POOL_ANSWERED && took < 1000);
	for (size_t i = 0; i < b->n; i++)
		if (!is_settled(b, b->deliveries[i], result, &from))
			b->deliveries[n++] = b->deliveries[i];
	enter_again(b, n);
	note_pace(b, result, lane, took);
	if (b->pair == PAIR_REMOTE && b->has_delivered)
		queue_give_back_noted(q, lane, vb_str(id));
	else if (b->pair == PAIR_REMOTE)
		lanes_back(lane, true);
	free(b);
	queue_turn(q);
}

static void
pack(struct buffer *to, const struct dispatch *b)
{
	struct arena *arena = arena_create();

	if (b->pair == PAIR_REMOTE)
		queue_pack_errand(to, b->queue, b->deliveries, b->n);
	else
		for (size_t i = 0; i < b->n; i++)
			pack_job(to, b->deliveries[i], arena, b->n > 1);
	arena_destroy(arena);
}

/* A worker that has begun has timeouts of its own for each step. */
static int64_t
timeout_of(const struct dispatch *b)
{
	const struct scope *scope = b->deliveries[0]->mail->scope;
	int64_t ms = scope->conf.limits.delivery_timeout.value * 1000;

	if (b->pair == PAIR_REMOTE)
		return REMOTE_MS;
	return b->n > 1 ? 2 * ms : ms;
}

static void
send_batch(struct dispatch *b)
{
	struct queue *q = b->queue;
	struct buffer request = { 0 };

	pack(&request, b);
	q->going[b->pair]++;
	q->dispatched = b->began = clock_steady_ms();
	if (pool_ask(q->pools[b->pair], &request, -1, timeout_of(b), reported,
		b) == NULL)
		reported(b, POOL_DIED, VB_STR(""));
}

/* The last places, up to a quarter, are for sites that have nothing under way:
   what hangs at one site does not take the last courier from all. */
static size_t
for_idle(const struct queue *q, enum pair pair)
{
	const size_t quarter = q->most[pair] / 4;
	const size_t sites = lanes_idle_sites(&q->lanes[pair]);

	return sites < quarter ? sites : quarter;
}

static bool
dispatch_one(struct queue *q, enum pair pair)
{
	struct dispatch *b = must_alloc(sizeof(*b));
	const size_t all = q->most[pair], idle = for_idle(q, pair);
	struct lanes_load load;

	b->queue = q;
	b->pair = pair;
	load = (struct lanes_load){ .to = b->deliveries,
		.most = BATCH,
		.weight = PACKET_ROOM,
		.mixed = pair == PAIR_DELIVERIES,
		.is_one_message = pair == PAIR_REMOTE,
		.is_for_idle = all - q->going[pair] <= idle,
		.places = pair == PAIR_REMOTE ? all - idle : 0 };
	b->n = lanes_take(&q->lanes[pair], &load);
	if (b->n == 0) {
		free(b);
		return false;
	}
	send_batch(b);
	return true;
}

/* Is it better to wait for more? */
static bool
waits_for_company(struct queue *q, enum pair pair)
{
	if (pair != PAIR_DELIVERIES || q->lanes[pair].n >= BATCH ||
	    lanes_first_goes_alone(&q->lanes[pair]))
		return false;
	if (clock_steady_ms() - q->dispatched >= SOON_MS)
		return false;
	if (!lanes_are_still(&q->lanes[pair]))
		queue_dispatch_in(q, SOON_MS);
	return true;
}

void
queue_dispatch(struct queue *q)
{
	static const enum pair pairs[] = { PAIR_DELIVERIES, PAIR_RECIPIENTS,
		PAIR_REMOTE };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		enum pair pair = pairs[i];

		while (q->pools[pair] != NULL &&
		       q->going[pair] < q->most[pair] &&
		       !waits_for_company(q, pair) && dispatch_one(q, pair))
			continue;
	}
}
