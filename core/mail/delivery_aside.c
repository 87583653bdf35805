/*
 * What a courier asks of a module about a mailbox without a delivery: whether
 * there is room, and to show a message at a terminal.
 */
#include "core/mail/delivery_state.h"
#include "core/module/where.h"

struct report
delivery_room(const struct job *job, const struct module *module,
    const void *conf, struct arena *arena)
{
	struct delivery d = { .is = job->to, .arena = arena, .file = -1 };
	uint64_t before;

	if (!where_may_call(module))
		return (struct report){ .outcome = VB_FAILED };
	before = where_enter(module, WHERE_ROOM, 0, d.is.id);
	d.report.outcome = module->is.room(&d.is, job->octets, conf);
	where_leave(before);
	if ((unsigned)d.report.outcome > VB_NEVER)
		d.report.outcome = VB_FAILED;
	return d.report;
}

static void
reach(struct delivery *d, struct reached *r)
{
	const struct vb_terminals *t = d->module->is.terminals;
	uint64_t before = where_enter(d->module, WHERE_TERMINALS, 0, d->is.id);

	if (d->file < 0)
		r->presence = t->presence(&d->is, d->conf);
	else
		r->shown = t->show(&d->is, d->conf);
	where_leave(before);
}

struct reached
delivery_reach(const struct job *job, int file, const struct module *module,
    const void *conf, struct arena *arena)
{
	struct reached r = { VB_PRESENCE_UNKNOWN, VB_SHOWN_NOT, VB_STR("") };
	struct delivery d = {
		.is = job->to,
		.arena = arena,
		.file = file,
		.octets = job->octets,
		.module = module,
		.conf = conf,
	};

	if (!where_may_call(module))
		return r;
	delivery_begin(&d);
	reach(&d, &r);
	delivery_end_reading(&d);
	if (r.presence == VB_PRESENCE_PENDING ||
	    (unsigned)r.presence > VB_PRESENCE_UNKNOWN)
		r.presence = VB_PRESENCE_UNKNOWN;
	if (r.shown == VB_SHOWN_PENDING || (unsigned)r.shown > VB_SHOWN_NOT)
		r.shown = VB_SHOWN_NOT;
	r.text = arena_printf(arena, "%s%s%.*s", module->name,
	    d.report.text.n == 0 ? "" : " ", VB_FMT(d.report.text));
	return r;
}
