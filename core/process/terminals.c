/*
 * The courier that has the terminals: it asks each module that knows of some.
 * Somebody who was reached by one of them was reached.
 */
#include "core/process/terminals.h"

#include <unistd.h>

#include "core/base/log.h"
#include "core/io/process.h"
#include "core/module/where.h"
#include "core/process/role.h"

void
terminals_pack(struct buffer *to, const struct reach *what)
{
	const struct job job = {
		.scope = what->scope->index,
		.octets = what->octets.n,
		.return_path = what->sender,
		.to = {
			.id = what->id,
			.sender = what->sender,
			.mailbox = what->whom->mailbox,
			.user = what->whom->user,
			.domain = what->whom->domain,
			.home = what->whom->home,
			.arrived = what->arrived,
			.client = what->client,
			.is_mailed = what->is_mailed,
		},
	};

	job_pack(to, &job);
	pack_number(to, what->shows);
	pack_str(to, what->octets);
}

bool
terminals_unpack(struct unpack *from, struct reached *r)
{
	uint64_t presence = unpack_number(from), shown = unpack_number(from);

	r->text = unpack_str(from);
	if (!unpack_is_done(from) || presence > VB_PRESENCE_UNKNOWN ||
	    shown > VB_SHOWN_NOT)
		return false;
	r->presence = (enum vb_presence)presence;
	r->shown = (enum vb_shown)shown;
	return true;
}

/* Octets as a file, for vb_read(). */
static int
file_of(struct vb_str octets)
{
	int fd = process_memory_file("verbena-shown");

	if (fd >= 0 && write(fd, octets.p, octets.n) != (ssize_t)octets.n) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The better of two answers; the least that is said first, but for PENDING. */
static void
combine(struct reached *all, const struct reached *one, struct arena *arena)
{
	static const int order[] = {
		[VB_PRESENCE_PENDING] = 0,
		[VB_PRESENCE_AWAY] = 1,
		[VB_PRESENCE_UNKNOWN] = 2,
		[VB_PRESENCE_HERE] = 3,
	};

	if (order[one->presence] > order[all->presence])
		all->presence = one->presence;
	if (all->shown == VB_SHOWN_PENDING || one->shown < all->shown)
		all->shown = one->shown;
	all->text = arena_printf(arena, "%.*s%s%.*s", VB_FMT(all->text),
	    all->text.n == 0 ? "" : "; ", VB_FMT(one->text));
}

static struct reached
ask_all(const struct generation *g, const struct job *job, int file,
    struct arena *arena)
{
	struct reached all = { 0 };
	const struct scope *scope = courier_scope(g, job->scope);

	for (size_t i = 0; scope != NULL && i < g->modules.n; i++) {
		const struct module *m = &g->modules.items[i];
		struct reached one;

		if (m->is.terminals == NULL)
			continue;
		one = delivery_reach(
		    job, file, m, scope->module_conf[m->index], arena);
		combine(&all, &one, arena);
	}
	return all;
}

void
terminals_answer(const struct generation *g, struct request *r)
{
	struct arena *arena = arena_create();
	struct buffer answer = { 0 };
	struct reached reached = { .presence = VB_PRESENCE_UNKNOWN,
		.shown = VB_SHOWN_NOT };
	struct job job;
	bool is_job = job_unpack(&r->from, &job);
	bool shows = unpack_number(&r->from) != 0;
	struct vb_str octets = unpack_str(&r->from);
	int file = shows ? file_of(octets) : -1;

	job.to.hostname = g->top.process.hostname;
	if (is_job && unpack_is_done(&r->from) && (!shows || file >= 0))
		reached = ask_all(g, &job, file, arena);
	if (file >= 0)
		close(file);
	pack_number(&answer, reached.presence);
	pack_number(&answer, reached.shown);
	pack_str(&answer, reached.text);
	courier_answer(r, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

/* All of a module's scopes: one descriptor, or -1. */
static int
open_module(const struct generation *g, const struct module *m, int directory)
{
	int fd = -1;

	for (size_t i = 0; i < g->sites->n_scopes; i++) {
		const char *wrong = NULL;
		uint64_t before = where_enter(
		    m, WHERE_TERMINALS, 0, VB_STR(""));

		fd = m->is.terminals->open(directory,
		    g->sites->scopes[i]->module_conf[m->index], &wrong);
		where_leave(before);
		if (wrong != NULL)
			log_event(VB_ERROR, "module-failed",
			    "module=%s at=terminals: %s", m->name, wrong);
	}
	return fd;
}

static void
attend(const void *data)
{
	const struct module *m = data;
	uint64_t before = where_enter(m, WHERE_TERMINALS, 0, VB_STR(""));

	m->is.terminals->attend();
	where_leave(before);
}

size_t
terminals_open(const struct generation *g, struct courier_watch *others)
{
	int directory = role_run_dir(&g->top.process, "tty");
	size_t n = 0;

	for (size_t i = 0; i < g->modules.n && n < COURIER_WATCHES; i++) {
		const struct module *m = &g->modules.items[i];
		int fd = -1;

		if (m->is.terminals == NULL || m->is.terminals->open == NULL)
			continue;
		if (where_may_call(m))
			fd = open_module(g, m, directory);
		if (fd >= 0)
			others[n++] = (struct courier_watch){ fd, attend, m };
	}
	return n;
}
