/* One job: its message, its recipients, what came of each. */
#include <stdlib.h>

#include "core/process/outbound_state.h"

enum { ATTEMPTS = 4 };

static void
copy(struct job_out *j, const struct outbound_job *job)
{
	struct vb_str *to = arena_alloc(
	    j->arena, job->n_recipients * sizeof(*to));

	j->is = *job;
	j->is.id = arena_copy(j->arena, job->id);
	j->is.name = arena_copy(j->arena, job->name);
	j->is.next_hop = arena_copy(j->arena, job->next_hop);
	j->is.reverse_path = arena_copy(j->arena, job->reverse_path);
	j->is.message.trace = arena_copy(j->arena, job->message.trace);
	for (size_t i = 0; i < job->n_recipients; i++)
		to[i] = arena_copy(j->arena, job->recipients[i]);
	j->is.recipients = to;
}

bool
job_out_is_visit(const struct job_out *j)
{
	return j->is.n_recipients == 0;
}

/* A visit has one, too. */
static size_t
count_reports(const struct job_out *j)
{
	return job_out_is_visit(j) ? 1 : j->is.n_recipients;
}

struct job_out *
job_out_create(struct outbound *o, const struct outbound_job *job,
    outbound_done *done, void *data)
{
	struct job_out *j = must_alloc(sizeof(*j));

	o->jobs++;
	j->outbound = o;
	j->arena = arena_create();
	j->done = done;
	j->data = data;
	copy(j, job);
	j->reports = arena_alloc(
	    j->arena, count_reports(j) * sizeof(*j->reports));
	return j;
}

struct client_mail
job_out_begin(struct job_out *j)
{
	size_t n = j->is.n_recipients;
	struct vb_str *pending = arena_alloc(j->arena, n * sizeof(*pending));

	j->numbers = arena_alloc(j->arena, n * sizeof(*j->numbers));
	j->n_pending = 0;
	j->is.message.read = 0;
	for (size_t i = 0; i < n; i++)
		if (j->reports[i].outcome == VB_FAILED) {
			pending[j->n_pending] = j->is.recipients[i];
			j->numbers[j->n_pending++] = i;
		}
	j->pending = pending;
	return (struct client_mail){
		.reverse_path = j->is.reverse_path,
		.recipients = j->pending,
		.n_recipients = j->n_pending,
		.octets = outgoing_octets(&j->is.message),
		.has_8bit = j->is.has_8bit,
	};
}

static void
report(struct job_out *j, size_t i, const struct client_result *r,
    struct vb_str remote)
{
	j->reports[i] = (struct outbound_report){
		.outcome = r->outcome,
		.code = r->code,
		.status = arena_copy(j->arena, r->status),
		.text = arena_copy(j->arena, r->text),
		.remote = arena_copy(j->arena, remote),
	};
}

bool
job_out_take(struct job_out *j, const struct client_result *results,
    struct vb_str remote, bool has_another)
{
	bool is_done = true;

	has_another = has_another && ++j->attempts < ATTEMPTS;
	for (size_t i = 0; i < j->n_pending; i++) {
		if (results[i].may_ask_another && has_another)
			is_done = false;
		else
			report(j, j->numbers[i], &results[i], remote);
	}
	return is_done;
}

static void
finish(struct job_out *j, size_t n)
{
	j->outbound->jobs--;
	j->done(j->data, j->reports, n);
	arena_destroy(j->arena);
	free(j);
}

void
job_out_abandon(struct job_out *j)
{
	finish(j, 0);
}

void
job_out_end(
    struct job_out *j, const struct client_result *result, struct vb_str remote)
{
	for (size_t i = 0; i < count_reports(j); i++)
		if (j->reports[i].outcome == VB_FAILED)
			report(j, i, result, remote);
	finish(j, count_reports(j));
}
