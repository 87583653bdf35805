/*
 * What waits for one next hop, in order. While it is asked for its mail, visits
 * to it wait: it would share that mail among two connections, and a death could
 * repeat a message of each.
 */
#include "core/process/outbound_state.h"

static bool
may_go(const struct destination *d, const struct job_out *j)
{
	return d->n_asked == 0 || !job_out_is_visit(j);
}

static struct job_out *
take(struct destination *d, bool all)
{
	struct job_out **p = &d->waiting, *j;

	while (*p != NULL && !all && !may_go(d, *p))
		p = &(*p)->next;
	j = *p;
	if (j == NULL)
		return NULL;
	*p = j->next;
	if (*p == NULL)
		d->end = p;
	d->n_waiting--;
	d->n_visits -= job_out_is_visit(j);
	return j;
}

void
destination_add(struct destination *d, struct job_out *j)
{
	if (j->is.asked > d->dead_since)
		d->dead_until = 0;
	j->next = NULL;
	*d->end = j;
	d->end = &j->next;
	d->n_waiting++;
	d->n_visits += job_out_is_visit(j);
	destination_stir(d);
}

void
destination_put_back(struct destination *d, struct job_out *j)
{
	j->next = d->waiting;
	d->waiting = j;
	if (j->next == NULL)
		d->end = &j->next;
	d->n_waiting++;
	d->n_visits += job_out_is_visit(j);
	destination_stir(d);
}

struct job_out *
destination_take(struct destination *d)
{
	return take(d, false);
}

struct job_out *
destination_take_any(struct destination *d)
{
	return take(d, true);
}

unsigned
destination_count(const struct destination *d)
{
	return d->n_asked > 0 ? d->n_waiting - d->n_visits : d->n_waiting;
}
