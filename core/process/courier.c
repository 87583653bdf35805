/* What a courier does with a request, which it answers on the socket that came
   with it. */
#include "core/process/courier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/io/packet.h"
#include "core/io/queue_lock.h"
#include "core/mail/delivery.h"
#include "core/process/lookups.h"
#include "core/process/role.h"
#include "core/process/stepdown.h"
#include "core/process/terminals.h"
#include "core/smtp/query.h"

static bool
send_to(int fd, const struct buffer *answer)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	while (!packet_send(fd, buffer_str(answer), NULL, 0)) {
		if (errno != EAGAIN)
			return false;
		poll(&wait, 1, -1);
	}
	return true;
}

/* Who we are, so that whoever asked can end us. False: nobody waits. */
static bool
say_who(int fd)
{
	struct buffer who = { 0 };
	bool ok;

	pack_number(&who, (uint64_t)getpid());
	ok = send_to(fd, &who);
	buffer_finish(&who);
	return ok;
}

bool
courier_answer(const struct request *r, const struct buffer *answer)
{
	return send_to(r->reply, answer);
}

const struct scope *
courier_scope(const struct generation *g, unsigned index)
{
	return index < g->sites->n_scopes ? g->sites->scopes[index] : NULL;
}

/* The file a job speaks of. */
static int
job_file(struct delivery_batch *b, const struct generation *g,
    const struct job *job, const struct request *r)
{
	if (job->file.n == 0)
		return r->body;
	return delivery_file(
	    b, arena_printf(b->arena, "%s/%.*s", g->top.process.state_dir.name,
		   VB_FMT(job->file))
		   .p);
}

static void
add_job(struct delivery_batch *b, const struct generation *g, struct job *job,
    int file)
{
	const struct scope *scope = courier_scope(g, job->scope);
	const struct module *m = modules_find(&g->modules, job->module);

	job->to.hostname = g->top.process.hostname;
	if (scope == NULL || m == NULL || m->is.deliver == NULL)
		delivery_add_failed(b, "4.3.5", "no such module here");
	else if (file < 0)
		delivery_add_failed(b, "4.3.0", "the message cannot be read");
	else
		delivery_add(b, job, file, m, scope->module_conf[m->index]);
}

static void
add_report(void *data, const struct report *report)
{
	report_pack(data, report);
}

static void
deliver(const struct generation *g, struct request *r)
{
	struct delivery_batch batch;
	struct buffer answer = { 0 };
	struct arena *arena = arena_create();
	struct job job;

	delivery_batch_open(&batch, arena);
	while (r->from.n > 0 && job_unpack(&r->from, &job)) {
		job.to.is_alone = batch.first == NULL && r->from.n == 0;
		add_job(&batch, g, &job, job_file(&batch, g, &job, r));
	}
	delivery_batch_run(&batch);
	delivery_batch_reports(&batch, add_report, &answer);
	send_to(r->reply, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

/* Asks one module, or all in order until one knows. */
static enum vb_known
look_up(const struct generation *g, const struct scope *scope,
    const struct lookup_request *r, struct query *q)
{
	const struct module *behind = modules_find(&g->modules, r->behind);
	enum vb_known all = VB_UNKNOWN;
	size_t i = behind == NULL ? 0 : behind->index + 1;

	for (; i < g->modules.n && all == VB_UNKNOWN; i++) {
		const struct module *m = &g->modules.items[i];

		if (m->is.lookup == NULL ||
		    (r->module.n > 0 && !vb_str_eq(r->module, vb_str(m->name))))
			continue;
		q->n = 0;
		all = query_run(
		    q, m, scope->module_conf[m->index], r->query.name);
	}
	for (i = 0; i < q->n; i++)
		q->items[i].domain = q->is.domain;
	return all;
}

static void
answer_lookup(const struct generation *g, const struct request *r)
{
	struct arena *arena = arena_create();
	struct buffer answer = { 0 };
	struct unpack from = r->from;
	struct lookup_request request;
	struct query q = { .arena = arena };
	enum vb_known known = VB_UNSURE;
	const struct scope *scope;

	if (lookup_request_unpack(&from, &request)) {
		q.is = request.query;
		scope = courier_scope(g, request.scope);
		if (scope != NULL)
			known = look_up(g, scope, &request, &q);
	}
	pack_number(&answer, (uint64_t)known);
	pack_number(&answer, q.n);
	for (size_t i = 0; i < q.n; i++)
		found_pack(&answer, &q.items[i]);
	send_to(r->reply, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

static void
answer_room(const struct generation *g, const struct request *r)
{
	struct arena *arena = arena_create();
	struct buffer answer = { 0 };
	struct unpack from = r->from;
	struct report report = { .outcome = VB_FAILED };
	const struct scope *scope;
	const struct module *m;
	struct job job;

	if (job_unpack(&from, &job)) {
		job.to.hostname = g->top.process.hostname;
		scope = courier_scope(g, job.scope);
		m = modules_find(&g->modules, job.module);
		if (scope != NULL && m != NULL && m->is.room != NULL)
			report = delivery_room(
			    &job, m, scope->module_conf[m->index], arena);
	}
	report_pack(&answer, &report);
	send_to(r->reply, &answer);
	buffer_finish(&answer);
	arena_destroy(arena);
}

static void
answer(const struct generation *g, struct request *r)
{
	const uint64_t question = unpack_number(&r->from);

	if (question == QUESTION_LOOKUP)
		answer_lookup(g, r);
	else if (question == QUESTION_ROOM)
		answer_room(g, r);
}

void
courier_close(const struct request *r)
{
	if (r->reply >= 0)
		close(r->reply);
	if (r->body >= 0)
		close(r->body);
}

void
courier_serve(const struct generation *g, enum pair pair, struct request *r)
{
	if (!say_who(r->reply))
		return;
	if (pair == PAIR_ANSWERS)
		answer(g, r);
	else if (pair == PAIR_TERMINALS)
		terminals_answer(g, r);
	else
		deliver(g, r);
}

bool
courier_works_for_queue(const struct process_conf *conf)
{
	static int dir = -1;

	dir = role_state_dir(conf, "queue");
	return dir >= 0 && queue_lock_share(dir);
}

/* Whatever it is asked from now on, it will answer. */
static bool
say_ready(void)
{
	char ready = CONTROL_READY;

	return packet_send(FD_CONTROL, (struct vb_str){ &ready, 1 }, NULL, 0);
}

int
role_courier(unsigned slot, enum pair pair)
{
	struct courier_watch others[COURIER_WATCHES];
	struct courier courier;
	struct shared *shared;
	struct generation *g;
	struct request r;
	size_t n;

	if (pair == PAIR_RECIPIENTS)
		return stepdown_serve(slot);
	g = role_begin("courier", slot, &shared);
	if (g == NULL || (pair == PAIR_DELIVERIES &&
			     !courier_works_for_queue(&g->top.process)))
		return EXIT_FAILURE;
	n = pair == PAIR_TERMINALS ? terminals_open(g, others) : 0;
	if (!courier_open(&courier, fd_pair(pair), others, n) || !say_ready())
		return EXIT_FAILURE;
	while (courier_next(&courier, &r)) {
		courier_serve(g, pair, &r);
		courier_close(&r);
	}
	generation_destroy(g);
	return EXIT_SUCCESS;
}
