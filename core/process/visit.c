/*
 * A server that is asked for its mail (struct vb_route, .turn_site) is visited
 * although nothing is to be sent there: an errand for nobody, of which the
 * worker makes one report.
 */
#include <stdlib.h>

#include "core/base/log.h"
#include "core/mail/errand.h"
#include "core/process/ids.h"
#include "core/process/keeping.h"

/* A quarter of the time in which a worker must begin with it. */
enum { VISIT_MS = 3600 * 1000 };

struct visit {
	struct queue *queue;
	struct arena *arena;
	struct errand errand;
};

static void
visited(void *data, enum pool_result result, struct vb_str answer)
{
	struct visit *v = data;
	struct queue *q = v->queue;
	struct unpack from = { answer.p, answer.n, false };
	struct report r = { .outcome = VB_LATER,
		.text = VB_STR("the worker ended before") };

	if (result == POOL_ANSWERED && !report_unpack(&from, &r))
		r = (struct report){ .outcome = VB_FAILED };
	log_event(r.outcome == VB_DELIVERED ? VB_INFO : VB_WARNING,
	    r.outcome == VB_DELIVERED ? "visited" : "not-visited",
	    "id=%.*s domain=%.*s remote=%.*s status=%.*s %.*s",
	    VB_FMT(v->errand.id), VB_FMT(v->errand.domain), VB_FMT(r.remote),
	    VB_FMT(r.status), VB_FMT(r.text));
	q->going[PAIR_REMOTE]--;
	arena_destroy(v->arena);
	free(v);
	queue_turn(q);
}

void
queue_visit(struct queue *q, const struct scope *scope, struct vb_str domain)
{
	struct visit *v = must_alloc(sizeof(*v));
	struct buffer request = { 0 };

	v->queue = q;
	v->arena = arena_create();
	v->errand = (struct errand){
		.scope = scope->index,
		.id = arena_copy(v->arena, id_make()),
		.domain = arena_copy(v->arena, domain),
		.asked = q->asked,
	};
	errand_pack(&request, &v->errand);
	q->going[PAIR_REMOTE]++;
	if (pool_ask(q->pools[PAIR_REMOTE], &request, -1, VISIT_MS, visited,
		v) == NULL)
		visited(v, POOL_DIED, VB_STR(""));
}
