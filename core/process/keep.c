/*
 * Mail that is kept until its domain asks for it (struct vb_route, .keeps). It
 * is in its file, as what is to be tried later is, but no time is set for it:
 * queue.kept knows of it, and when it has been kept too long.
 *
 * In the file nothing says how long that is. After a start what is kept is read
 * first of all, and the settings then say whether and for how long.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/process/keeping.h"

static int64_t
now(void)
{
	return clock_wall_us() / 1000000;
}

static void
add(struct queue *q, const struct delivery_due *d)
{
	const struct mail *m = d->mail;
	const struct kept_part part = {
		.id = m->envelope.id,
		.domain = d->to->domain,
		.octets = m->envelope.octets,
		.until = d->kept_until,
	};

	kept_add(&q->kept, &part);
	if (d->is_let_go)
		kept_let_go(&q->kept, part.id, part.domain);
}

/* It stays as it is. That is no attempt, and its file says so already, unless
   this is the first time. */
static void
stay(struct queue *q, struct delivery_due *d, struct vb_str keeper)
{
	struct mail *m = d->mail;

	d->is_noted = d->is_noted && vb_str_eq(d->keeper, keeper);
	d->keeper = keeper;
	d->is_let_go = false;
	d->due = d->kept_until;
	d->progress = PROGRESS_LATER;
	m->n_later++;
	add(q, d);
	queue_close_one(q, m);
}

static void
give_up(struct queue *q, struct delivery_due *d)
{
	static const struct report report = { .outcome = VB_NEVER,
		.status = { "5.4.7", 5 },
		.text = { "not collected in time", 21 } };

	queue_settle(q, d, &report);
}

bool
queue_keep(struct queue *q, struct delivery_due *d, const struct vb_route *r)
{
	const struct mail *m = d->mail;

	d->kept_until = 0;
	if (!r->keeps)
		return false;
	d->kept_until = m->envelope.arrived + r->keep_age.value;
	if (queue_collect(q, d))
		return true;
	d->is_let_go = d->is_let_go ||
	               kept_is_let_go(&q->kept, m->envelope.id, d->to->domain);
	if (d->is_let_go && r->via.n > 0)
		return false;
	if (now() >= d->kept_until)
		give_up(q, d);
	else
		stay(q, d, r->keeper);
	return true;
}

void
queue_list_kept(struct queue *q, const struct mail *m)
{
	kept_forget(&q->kept, m->envelope.id);
	if (m->is_held || m->is_removed)
		return;
	for (size_t i = 0; i < m->n; i++) {
		const struct delivery_due *d = &m->deliveries[i];

		if (d->progress == PROGRESS_LATER && d->kept_until != 0)
			add(q, d);
	}
}

void
queue_look_for_old(struct queue *q)
{
	int64_t seconds = now();
	char id[SCHEDULE_ID];

	while (kept_take_old(&q->kept, seconds, id))
		queue_schedule(q, vb_str(id), 0);
}
