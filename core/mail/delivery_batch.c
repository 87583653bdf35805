/* A batch of deliveries in a courier, in its two halves. */
#include <errno.h>
#include <string.h>

#include "core/mail/delivery_state.h"
#include "core/module/where.h"

void
delivery_batch_open(struct delivery_batch *b, struct arena *arena)
{
	*b = (struct delivery_batch){ .arena = arena };
	b->last = &b->first;
}

int
delivery_file(struct delivery_batch *b, const char *path)
{
	return opened_file(&b->opened, b->arena, path);
}

static struct delivery *
append(struct delivery_batch *b)
{
	struct delivery *d = arena_alloc(b->arena, sizeof(*d));

	d->arena = b->arena;
	d->batch = b;
	*b->last = d;
	b->last = &d->next;
	return d;
}

/* Calls one of the module's functions. */
static void
call(struct delivery *d,
    enum vb_outcome (*function)(struct vb_delivery *d, const void *conf))
{
	uint64_t before = where_enter(d->module, WHERE_DELIVER, 0, d->is.id);

	d->report.outcome = function(&d->is, d->conf);
	where_leave(before);
	delivery_end_reading(d);
	if ((unsigned)d->report.outcome > VB_NEVER)
		d->report.outcome = VB_FAILED;
}

static void
call_abandon(struct delivery *d)
{
	uint64_t before = where_enter(d->module, WHERE_DELIVER, 0, d->is.id);

	d->module->is.abandon(&d->is, d->conf);
	where_leave(before);
	delivery_end_reading(d);
}

struct delivery *
delivery_add(struct delivery_batch *b, const struct job *job, int file,
    const struct module *module, const void *conf)
{
	struct delivery *d = append(b);

	d->is = job->to;
	d->return_path = job->return_path;
	d->trace = job->trace;
	d->file = file;
	d->from = job->at;
	d->octets = job->octets;
	d->module = module;
	d->conf = conf;
	d->data = arena_alloc(b->arena, module->is.delivery_size);
	if (!where_may_call(module))
		return d;
	delivery_begin(d);
	call(d, module->is.deliver);
	d->is_half = module->is.publish != NULL &&
	             d->report.outcome == VB_DELIVERED;
	return d;
}

struct delivery *
delivery_add_failed(
    struct delivery_batch *b, const char *status, const char *text)
{
	struct delivery *d = append(b);

	d->report = (struct report){ .outcome = VB_LATER,
		.status = vb_str(status),
		.text = vb_str(text) };
	return d;
}

/* What was to be synced is; a delivery whose file system failed is not made. */
static void
sync_all(struct delivery_batch *b)
{
	syncs_run(&b->syncs);
	for (struct delivery *d = b->first; d != NULL; d = d->next) {
		int error = d->wants_sync ? syncs_error(&b->syncs, d->device)
		                          : 0;

		d->wants_sync = false;
		if (error == 0 || d->report.outcome != VB_DELIVERED)
			continue;
		d->report.outcome = VB_LATER;
		d->report.status = error == ENOSPC ? VB_STR("4.3.1")
		                                   : VB_STR("4.3.0");
		d->report.text = arena_printf(
		    b->arena, "sync: %s", strerror(error));
	}
}

static void
second_half(struct delivery *d)
{
	if (!d->is_half)
		return;
	if (d->report.outcome == VB_DELIVERED)
		call(d, d->module->is.publish);
	else if (d->module->is.abandon != NULL)
		call_abandon(d);
}

void
delivery_batch_run(struct delivery_batch *b)
{
	sync_all(b);
	for (struct delivery *d = b->first; d != NULL; d = d->next)
		second_half(d);
	sync_all(b);
	opened_close(&b->opened);
}

void
delivery_batch_reports(const struct delivery_batch *b,
    void (*each)(void *data, const struct report *report), void *data)
{
	for (const struct delivery *d = b->first; d != NULL; d = d->next)
		each(data, &d->report);
}
