/* What is kept is let go: it goes into its lane, as its route says, and is kept
   again if it does not get there. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/process/keeping.h"

const struct scope *
queue_find_route(const struct queue *q, struct vb_route *route)
{
	const struct sites *sites = q->g->sites;
	const struct vb_str domain = route->domain;

	for (size_t i = 0; i < sites->n; i++) {
		const struct scope *scope = sites->items[i].everyone;

		route->domain = domain;
		if (route_find(&q->g->modules, scope, VB_STR("queue"), route) ==
		    VB_KNOWN)
			return scope;
	}
	return NULL;
}

/* It has not left memory yet; it will be due when it has. */
static bool
let_go_here(struct queue *q, struct mail *m, struct vb_str domain)
{
	bool has_any = false;

	for (size_t i = 0; i < m->n; i++) {
		struct delivery_due *d = &m->deliveries[i];

		if (d->progress != PROGRESS_LATER || d->kept_until == 0 ||
		    d->is_let_go || !vb_str_eq(d->to->domain, domain))
			continue;
		d->is_let_go = has_any = true;
		d->due = 0;
	}
	if (has_any && m->n_open == 0)
		queue_schedule(q, m->envelope.id, 0);
	return has_any;
}

static bool
let_go(struct queue *q, struct vb_str id, struct vb_str domain)
{
	struct mail *m = (struct mail *)map_find(&q->mails, id);

	if (m != NULL)
		return let_go_here(q, m, domain);
	if (!kept_let_go(&q->kept, id, domain))
		return false;
	if (map_find(&q->busy, id) == NULL)
		queue_schedule(q, id, 0);
	return true;
}

/* What was let go before and is still under way counts as well. */
static void
let_domain_go(struct queue *q, struct vb_str domain, struct vb_kept *gone)
{
	struct vb_route route = { .size = sizeof(route), .domain = domain };
	struct kept_list list = { 0 };

	if (queue_find_route(q, &route) != NULL && route.via.n > 0)
		list = kept_list(
		    &q->kept, &(const struct vb_strings){ &domain, 1 });
	for (size_t i = 0; i < list.n; i++) {
		struct vb_str id = vb_str(list.ids[i]);

		if (!let_go(q, id, domain) &&
		    !kept_is_let_go(&q->kept, id, domain))
			continue;
		gone->messages++;
		gone->octets += kept_octets(&q->kept, id);
	}
	free(list.ids);
}

void
queue_let_go(
    struct queue *q, const struct vb_strings *domains, struct vb_kept *gone)
{
	q->asked = clock_steady_ms();
	for (size_t i = 0; i < domains->n; i++)
		let_domain_go(q, domains->items[i], gone);
	queue_unpark_due(q);
}
