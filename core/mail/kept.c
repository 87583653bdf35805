/* What is kept, by id and by domain. */
#include "core/mail/kept.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/mail/kept_state.h"

static struct kept_message *
find(const struct kept *k, struct vb_str id)
{
	return (struct kept_message *)map_find(&k->by_id, id);
}

static struct kept_domain *
find_domain(const struct kept *k, struct vb_str name)
{
	return (struct kept_domain *)map_find(&k->by_domain, name);
}

static struct kept_entry *
find_entry(const struct kept *k, struct vb_str id, struct vb_str domain)
{
	const struct kept_message *m = find(k, id);
	struct kept_entry *e = m == NULL ? NULL : m->entries;

	while (e != NULL && !vb_str_eq(e->domain->by_name.key, domain))
		e = e->other;
	return e;
}

static struct kept_message *
message(struct kept *k, const struct kept_part *part)
{
	struct kept_message *m = find(k, part->id);

	if (m != NULL)
		return m;
	m = must_alloc(sizeof(*m));
	memcpy(m->id, part->id.p,
	    part->id.n < SCHEDULE_ID ? part->id.n : SCHEDULE_ID - 1);
	m->octets = part->octets;
	m->until = part->until;
	map_add(&k->by_id, &m->by_id, vb_str(m->id));
	kept_age_add(k, m);
	return m;
}

static struct kept_domain *
domain(struct kept *k, struct vb_str name)
{
	struct kept_domain *d = find_domain(k, name);
	char *copy;

	if (d != NULL)
		return d;
	d = must_alloc(sizeof(*d));
	copy = must_alloc(name.n + 1);
	memcpy(copy, name.p, name.n);
	map_add(&k->by_domain, &d->by_name, (struct vb_str){ copy, name.n });
	return d;
}

static void
add_entry(struct kept_message *m, struct kept_domain *d)
{
	struct kept_entry *e = must_alloc(sizeof(*e));

	e->message = m;
	e->domain = d;
	e->other = m->entries;
	m->entries = e;
	e->next = d->first;
	e->link = &d->first;
	if (e->next != NULL)
		e->next->link = &e->next;
	d->first = e;
	d->n++;
	d->octets += m->octets;
}

void
kept_add(struct kept *k, const struct kept_part *part)
{
	struct kept_message *m = message(k, part);

	if (part->until < m->until) {
		m->until = part->until;
		kept_age_move(k, m);
	}
	if (find_entry(k, part->id, part->domain) == NULL)
		add_entry(m, domain(k, part->domain));
}

static void
destroy_domain(struct kept *k, struct kept_domain *d)
{
	char *name;

	memcpy(&name, &d->by_name.key.p, sizeof(name));
	map_remove(&k->by_domain, &d->by_name);
	free(name);
	free(d);
}

static void
destroy_entry(struct kept *k, struct kept_entry *e)
{
	struct kept_domain *d = e->domain;

	*e->link = e->next;
	if (e->next != NULL)
		e->next->link = e->link;
	d->octets -= e->message->octets;
	if (--d->n == 0)
		destroy_domain(k, d);
	free(e);
}

void
kept_forget(struct kept *k, struct vb_str id)
{
	struct kept_message *m = find(k, id);

	if (m == NULL)
		return;
	while (m->entries != NULL) {
		struct kept_entry *e = m->entries;

		m->entries = e->other;
		destroy_entry(k, e);
	}
	map_remove(&k->by_id, &m->by_id);
	kept_age_remove(k, m);
	free(m);
}

bool
kept_has(const struct kept *k, struct vb_str id)
{
	return find(k, id) != NULL;
}

bool
kept_has_for(
    const struct kept *k, struct vb_str id, const struct vb_strings *domains)
{
	for (size_t i = 0; i < domains->n; i++)
		if (find_entry(k, id, domains->items[i]) != NULL)
			return true;
	return false;
}

uint64_t
kept_octets(const struct kept *k, struct vb_str id)
{
	const struct kept_message *m = find(k, id);

	return m == NULL ? 0 : m->octets;
}

void
kept_count(const struct kept *k, const struct vb_strings *domains,
    struct vb_kept *count)
{
	count->messages = count->octets = 0;
	for (size_t i = 0; i < domains->n; i++) {
		const struct kept_domain *d = find_domain(k, domains->items[i]);

		if (d == NULL)
			continue;
		count->messages += d->n;
		count->octets += d->octets;
	}
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Ids begin with the time, so their order is that of arrival. */
static size_t
sort_once(char (*ids)[SCHEDULE_ID], size_t n)
{
	size_t once = 0;

	qsort(ids, n, SCHEDULE_ID, compare);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(ids[i], ids[once - 1]) != 0)
			memmove(ids[once++], ids[i], SCHEDULE_ID);
	return once;
}

struct kept_list
kept_list(const struct kept *k, const struct vb_strings *domains)
{
	struct kept_list list = { 0 };
	struct vb_kept count;

	kept_count(k, domains, &count);
	if (count.messages == 0)
		return list;
	list.ids = must_alloc(count.messages * SCHEDULE_ID);
	for (size_t i = 0; i < domains->n; i++) {
		const struct kept_domain *d = find_domain(k, domains->items[i]);

		for (const struct kept_entry *e = d == NULL ? NULL : d->first;
		     e != NULL; e = e->next)
			memcpy(list.ids[list.n++], e->message->id, SCHEDULE_ID);
	}
	list.n = sort_once(list.ids, list.n);
	return list;
}

bool
kept_let_go(struct kept *k, struct vb_str id, struct vb_str name)
{
	struct kept_entry *e = find_entry(k, id, name);

	if (e == NULL || e->is_let_go)
		return false;
	e->is_let_go = true;
	return true;
}

bool
kept_is_let_go(const struct kept *k, struct vb_str id, struct vb_str name)
{
	const struct kept_entry *e = find_entry(k, id, name);

	return e != NULL && e->is_let_go;
}

void
kept_finish(struct kept *k)
{
	while (k->n > 0)
		kept_forget(k, vb_str(k->oldest[0]->id));
	map_finish(&k->by_id);
	map_finish(&k->by_domain);
	free(k->oldest);
	*k = (struct kept){ 0 };
}
