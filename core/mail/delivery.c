/*
 * A delivery in a courier: the message as the module reads it, the names it may
 * use, and how it ended.
 */
#include "core/mail/delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/mail/stored_form.h"
#include "core/module/where.h"

enum { BLOCK = 64 * 1024 };

struct delivery {
	struct vb_delivery is; /* what the module sees; first */
	struct arena *arena;
	struct vb_str trace;
	int body;
	uint64_t octets, at; /* of the body: in all, read so far */
	struct stored_form form;
	struct buffer ready; /* to be read by the module, from .taken on */
	size_t taken;
	struct report report;
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
	buffer_printf(&d->ready, "Return-Path: <%.*s>\n", VB_FMT(d->is.sender));
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
	ssize_t n = pread(
	    d->body, block, left < BLOCK ? (size_t)left : BLOCK, (off_t)d->at);

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

ptrdiff_t
delivery_read(struct vb_delivery *vd, void *bytes, size_t n)
{
	struct delivery *d = delivery_of(vd);
	size_t ready;

	while (d->taken == d->ready.n && d->at < d->octets) {
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

static bool
is_safe(struct vb_str value, bool is_home)
{
	if (value.n == 0 || memchr(value.p, '\0', value.n) != NULL)
		return false;
	if (is_home)
		return value.p[0] == '/';
	return value.p[0] != '.' && memchr(value.p, '/', value.n) == NULL;
}

/* Takes "{name}" off the pattern and adds its value. */
static bool
add_value(const struct delivery *d, struct vb_str *pattern, struct buffer *to)
{
	const struct {
		struct vb_str name, value;
	} values[] = {
		{ VB_STR("{user}"), d->is.user },
		{ VB_STR("{domain}"), d->is.domain },
		{ VB_STR("{home}"), d->is.home },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct vb_str name = values[i].name;

		if (pattern->n < name.n ||
		    memcmp(pattern->p, name.p, name.n) != 0)
			continue;
		if (!is_safe(values[i].value, name.p[1] == 'h'))
			return false;
		buffer_add_str(to, values[i].value);
		pattern->p += name.n;
		pattern->n -= name.n;
		return true;
	}
	return false;
}

const char *
delivery_path(struct vb_delivery *vd, struct vb_str pattern)
{
	struct delivery *d = delivery_of(vd);
	struct buffer path = { 0 };
	const char *copy = NULL;
	bool ok = pattern.n > 0;

	while (ok && pattern.n > 0) {
		if (pattern.p[0] == '{') {
			ok = add_value(d, &pattern, &path);
			continue;
		}
		buffer_add(&path, pattern.p++, 1);
		pattern.n--;
	}
	if (ok)
		copy = arena_string(d->arena, buffer_str(&path));
	buffer_finish(&path);
	return copy;
}

/* Opens one directory within another, and makes it durable when it is new. */
static int
open_step(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(parent, name, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
		return -1;
	if (fsync(parent) != 0)
		return -1;
	return openat(parent, name, flags);
}

int
delivery_directory(struct vb_delivery *vd, const char *path)
{
	struct delivery *d = delivery_of(vd);
	char *rest = arena_string(d->arena, vb_str(path)), *name;
	int fd = open(
	    path[0] == '/' ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int next;

	while (fd >= 0 && (name = strtok_r(rest, "/", &rest)) != NULL) {
		next = open_step(fd, name);
		close(fd);
		fd = next;
	}
	return fd;
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

struct report
delivery_run(const struct job *job, int body, const struct module *module,
    const void *conf, struct arena *arena)
{
	uint64_t before;
	struct delivery d = {
		.is = job->to,
		.arena = arena,
		.trace = job->trace,
		.body = body,
		.octets = job->octets,
	};

	if (!where_may_call(module))
		return (struct report){ .outcome = VB_FAILED };
	begin(&d);
	before = where_enter(module, WHERE_DELIVER, 0, d.is.id);
	d.report.outcome = module->is.deliver(&d.is, conf);
	where_leave(before);
	buffer_finish(&d.ready);
	if ((unsigned)d.report.outcome > VB_NEVER)
		d.report.outcome = VB_FAILED;
	return d.report;
}

struct report
delivery_room(const struct job *job, const struct module *module,
    const void *conf, struct arena *arena)
{
	struct delivery d = { .is = job->to, .arena = arena, .body = -1 };
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
