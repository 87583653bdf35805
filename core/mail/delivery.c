/*
 * A delivery as the module has it: the message that it reads, the directories
 * that it opens, what it wants synced, and how it ended.
 */
#include "core/mail/delivery.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "core/mail/delivery_state.h"
#include "core/mail/pattern.h"

enum { BLOCK = 64 * 1024 };

static struct delivery *
delivery_of(struct vb_delivery *vd)
{
	return (struct delivery *)vd;
}

/* Trace fields go through the same hands as the rest, but for Return-Path. */
void
delivery_begin(struct delivery *d)
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

void
delivery_end_reading(struct delivery *d)
{
	buffer_finish(&d->ready);
	d->taken = 0;
	d->at = d->octets;
}

bool
delivery_rewind(struct vb_delivery *vd)
{
	delivery_begin(delivery_of(vd));
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
