/*
 * A delivery in a courier: the message as the module reads it, the halves of
 * its batch, and how it ended.
 */
#include "core/mail/delivery.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/mail/pattern.h"
#include "core/mail/stored_form.h"
#include "core/module/where.h"

enum { BLOCK = 64 * 1024 };

struct delivery {
	struct vb_delivery is; /* what the module sees; first */
	struct arena *arena;
	struct vb_str return_path, trace;
	int file;
	uint64_t from, octets, at; /* in the file; in all; read so far */
	struct stored_form form;
	struct buffer ready; /* to be read by the module, from .taken on */
	size_t taken;
	struct report report;
	const struct module *module;
	const void *conf;
	void *data; /* of the module */
	struct delivery_batch *batch;
	bool is_half; /* the module's second half is to come */
	bool wants_sync;
	dev_t device; /* what is to be synced is on it */
	struct delivery *next;
};

static struct delivery *
delivery_of(struct vb_delivery *vd)
{
	return (struct delivery *)vd;
}

/* Trace fields go through the same hands as the rest, but for Return-Path. */
static void
begin(struct delivery *d)
{
	struct stored_form trace = { .in_body = true };

	d->at = 0;
	d->taken = 0;
	d->ready.n = 0;
	d->form = (struct stored_form){ 0 };
	buffer_printf(
	    &d->ready, "Return-Path: <%.*s>\n", VB_FMT(d->return_path));
	stored_form_add(&trace, d->trace.p, d->trace.n, &d->ready);
}

bool
delivery_rewind(struct vb_delivery *vd)
{
	begin(delivery_of(vd));
	return true;
}

/* Reads the next block. False and errno when it cannot be read. */
static bool
fill(struct delivery *d)
{
	static char block[BLOCK];
	uint64_t left = d->octets - d->at;
	ssize_t n = pread(d->file, block, left < BLOCK ? (size_t)left : BLOCK,
	    (off_t)(d->from + d->at));

	if (n <= 0) {
		if (n == 0)
			errno = EIO; /* shorter than we were told */
		return false;
	}
	d->at += (uint64_t)n;
	stored_form_add(&d->form, block, (size_t)n, &d->ready);
	if (d->at == d->octets)
		stored_form_end(&d->form, &d->ready);
	return true;
}

/* What begins with the trace is filled up, so that a small message is read, and
   written, at once. */
static bool
wants_more(const struct delivery *d, size_t n)
{
	return d->taken == d->ready.n || (d->taken == 0 && d->ready.n < n);
}

ptrdiff_t
delivery_read(struct vb_delivery *vd, void *bytes, size_t n)
{
	struct delivery *d = delivery_of(vd);
	size_t ready;

	while (wants_more(d, n) && d->at < d->octets) {
		if (d->taken == d->ready.n)
			d->taken = d->ready.n = 0;
		if (!fill(d))
			return -1;
	}
	ready = d->ready.n - d->taken;
	if (ready > n)
		ready = n;
	if (ready > 0)
		memcpy(bytes, d->ready.p + d->taken, ready);
	d->taken += ready;
	return (ptrdiff_t)ready;
}

const char *
delivery_path(struct vb_delivery *vd, struct vb_str pattern)
{
	return pattern_fill(delivery_of(vd)->arena, pattern, vd);
}

int
delivery_directory(struct vb_delivery *vd, const char *path)
{
	struct delivery_batch *b = delivery_of(vd)->batch;

	return opened_directory(&b->opened, b->arena, path);
}

/* Each module has names of its own. */
static struct vb_str
own_name(const struct delivery *d, struct vb_str name)
{
	return arena_printf(d->arena, "%s %.*s", d->module->name, VB_FMT(name));
}

void
delivery_lend(struct vb_delivery *vd, struct vb_str name, int fd)
{
	struct delivery *d = delivery_of(vd);

	opened_lend(&d->batch->opened, d->arena, own_name(d, name), fd);
}

int
delivery_borrow(struct vb_delivery *vd, struct vb_str name)
{
	struct delivery *d = delivery_of(vd);

	return opened_borrow(&d->batch->opened, own_name(d, name));
}

int
delivery_file(struct delivery_batch *b, const char *path)
{
	return opened_file(&b->opened, b->arena, path);
}

VB_PRINTF(3, 0)
static void
set_report(struct delivery *d, const char *status, const char *fmt, va_list ap)
{
	struct buffer text = { 0 };

	buffer_vprintf(&text, fmt, ap);
	d->report.status = arena_copy(d->arena, vb_str(status));
	d->report.text = arena_copy(d->arena, buffer_str(&text));
	buffer_finish(&text);
}

enum vb_outcome
delivery_delivered(struct vb_delivery *vd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_report(delivery_of(vd), NULL, fmt, ap);
	va_end(ap);
	return VB_DELIVERED;
}

enum vb_outcome
delivery_later(struct vb_delivery *vd, const char *status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_report(delivery_of(vd), status, fmt, ap);
	va_end(ap);
	return VB_LATER;
}

enum vb_outcome
delivery_never(struct vb_delivery *vd, const char *status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_report(delivery_of(vd), status, fmt, ap);
	va_end(ap);
	return VB_NEVER;
}

bool
delivery_sync(struct vb_delivery *vd, int fd)
{
	struct delivery *d = delivery_of(vd);
	dev_t device;

	if (!syncs_add(&d->batch->syncs, fd, &device))
		return fsync(fd) == 0;
	if (d->wants_sync && d->device != device)
		return fsync(fd) == 0;
	d->wants_sync = true;
	d->device = device;
	return true;
}

void *
delivery_data(struct vb_delivery *vd)
{
	return delivery_of(vd)->data;
}

void
delivery_batch_open(struct delivery_batch *b, struct arena *arena)
{
	*b = (struct delivery_batch){ .arena = arena };
	b->last = &b->first;
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

/* There is nothing more to be read, until the module begins anew. */
static void
end_reading(struct delivery *d)
{
	buffer_finish(&d->ready);
	d->taken = 0;
	d->at = d->octets;
}

/* Calls one of the module's functions. */
static void
call(struct delivery *d,
    enum vb_outcome (*function)(struct vb_delivery *d, const void *conf))
{
	uint64_t before = where_enter(d->module, WHERE_DELIVER, 0, d->is.id);

	d->report.outcome = function(&d->is, d->conf);
	where_leave(before);
	end_reading(d);
	if ((unsigned)d->report.outcome > VB_NEVER)
		d->report.outcome = VB_FAILED;
}

static void
call_abandon(struct delivery *d)
{
	uint64_t before = where_enter(d->module, WHERE_DELIVER, 0, d->is.id);

	d->module->is.abandon(&d->is, d->conf);
	where_leave(before);
	end_reading(d);
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
	begin(d);
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
	begin(&d);
	reach(&d, &r);
	buffer_finish(&d.ready);
	if (r.presence == VB_PRESENCE_PENDING ||
	    (unsigned)r.presence > VB_PRESENCE_UNKNOWN)
		r.presence = VB_PRESENCE_UNKNOWN;
	if (r.shown == VB_SHOWN_PENDING || (unsigned)r.shown > VB_SHOWN_NOT)
		r.shown = VB_SHOWN_NOT;
	r.text = arena_printf(arena, "%s%s%.*s", module->name,
	    d.report.text.n == 0 ? "" : " ", VB_FMT(d.report.text));
	return r;
}
