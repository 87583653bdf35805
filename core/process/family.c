/* The children of the master, all together. */
#include "core/process/family.h"

#include <signal.h>

#include "core/process/prepare.h"

static void
add(struct family *f, struct nursery *nursery, enum child_kind kind, int n,
    unsigned number)
{
	for (int i = 0; i < n; i++) {
		struct child *child = &f->members[f->n];

		child->kind = kind;
		child->number = kind == CHILD_WORKER ? (unsigned)i : number;
		child->slot = (unsigned)f->n++;
		child->nursery = nursery;
		child->again.data = child;
		uv_timer_init(nursery->loop, &child->again);
	}
}

void
family_make(struct family *f, struct nursery *nursery)
{
	const struct prepared *p = nursery->prepared;
	const struct process_conf *conf = &p->top.process;

	f->members = must_alloc(SHARED_PROCESSES * sizeof(*f->members));
	add(f, nursery, CHILD_QUEUE, 1, PAIRS);
	add(f, nursery, CHILD_WORKER, conf->workers, 0);
	add(f, nursery, CHILD_COURIER, conf->couriers, PAIR_DELIVERIES);
	add(f, nursery, CHILD_COURIER, conf->lookups, PAIR_ANSWERS);
	if (p->checked.needs_recipients && p->is_root)
		add(f, nursery, CHILD_COURIER, conf->couriers, PAIR_RECIPIENTS);
	if (p->checked.needs_terminals)
		add(f, nursery, CHILD_COURIER, 1, PAIR_TERMINALS);
}

struct child *
family_queue(const struct family *f)
{
	return &f->members[0];
}

bool
family_have_all(const struct family *f, enum child_kind kind,
    bool (*is)(const struct child *child))
{
	for (size_t i = 0; i < f->n; i++)
		if (f->members[i].kind == kind && !is(&f->members[i]))
			return false;
	return true;
}

void
family_tell(const struct family *f, enum child_kind kind, char what)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->members[i].kind == kind)
			child_tell(&f->members[i], what, -1);
}

void
family_kill(const struct family *f, bool (*is)(const struct child *child))
{
	for (size_t i = 0; i < f->n; i++)
		if (f->members[i].pid != 0 &&
		    (is == NULL || is(&f->members[i])))
			kill(f->members[i].pid, SIGKILL);
}

void
family_start_others(const struct family *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->members[i].pid == 0 && f->members[i].kind != CHILD_QUEUE)
			child_start_in(&f->members[i], 0);
}
