/* Lanes of deliveries that take turns. */
#include "core/mail/lanes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
lanes_open(struct lanes *lanes)
{
	*lanes = (struct lanes){ 0 };
	lanes->last = &lanes->first;
}

static void
destroy(struct lane *lane)
{
	map_remove(&lane->lanes->by_key, &lane->by_key);
	free(lane->key);
	free(lane);
}

void
lanes_finish(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->by_key.n_buckets; i++) {
		struct map_node *node = lanes->by_key.buckets[i], *next;

		for (; node != NULL; node = next) {
			next = node->next;
			free(((struct lane *)node)->key);
			free(node);
		}
	}
	map_finish(&lanes->by_key);
}

static struct lane *
find(struct lanes *lanes, struct vb_str key)
{
	struct lane *lane = (struct lane *)map_find(&lanes->by_key, key);

	if (lane != NULL)
		return lane;
	lane = must_alloc(sizeof(*lane));
	lane->key = must_alloc(key.n + 1);
	memcpy(lane->key, key.p, key.n);
	lane->lanes = lanes;
	lane->last = &lane->first;
	map_add(
	    &lanes->by_key, &lane->by_key, (struct vb_str){ lane->key, key.n });
	return lane;
}

static void
enter_ring(struct lane *lane)
{
	struct lanes *lanes = lane->lanes;

	if (lane->in_ring || lane->n == 0 || lane->going >= lane->most)
		return;
	lane->in_ring = true;
	lane->next = NULL;
	*lanes->last = lane;
	lanes->last = &lane->next;
	lanes->n_ring++;
}

/* It has nothing more that may go. */
static void
drop_from_ring(struct lane *lane)
{
	struct lanes *lanes = lane->lanes;
	struct lane **p = &lanes->first;

	while (*p != lane)
		p = &(*p)->next;
	*p = lane->next;
	if (*p == NULL)
		lanes->last = p;
	lane->in_ring = false;
	lanes->n_ring--;
}

static struct lane *
leave_ring(struct lanes *lanes)
{
	struct lane *lane = lanes->first;

	lanes->first = lane->next;
	if (lanes->first == NULL)
		lanes->last = &lanes->first;
	lane->in_ring = false;
	lanes->n_ring--;
	return lane;
}

void
lanes_put(struct lanes *lanes, struct vb_str key, unsigned most,
    struct delivery_due *d, bool first)
{
	struct lane *lane = find(lanes, key);

	if (lane->n == 0 && lane->going == 0 && lane->is_suspect)
		lanes->n_empty--;
	lane->most = most;
	d->lane = lane;
	d->progress = PROGRESS_READY;
	d->next = NULL;
	if (first) {
		d->next = lane->first;
		lane->first = d;
		if (d->next == NULL)
			lane->last = &d->next;
	} else {
		*lane->last = d;
		lane->last = &d->next;
	}
	lane->n++;
	lanes->n++;
	enter_ring(lane);
}

size_t
lanes_waiting(const struct lanes *lanes, struct vb_str key)
{
	const struct lane *lane = (const struct lane *)map_find(
	    &lanes->by_key, key);

	return lane == NULL ? 0 : lane->n;
}

static struct delivery_due *
take_first(struct lane *lane)
{
	struct delivery_due *d = lane->first;

	lane->first = d->next;
	if (lane->first == NULL)
		lane->last = &lane->first;
	lane->n--;
	lane->lanes->n--;
	d->progress = PROGRESS_GOING;
	return d;
}

/* How far a load is. */
struct loading {
	const struct lanes_load *load;
	size_t n, weight;
};

static bool
has_room(const struct loading *l, const struct delivery_due *d)
{
	return l->n == 0 || (l->n < l->load->most &&
				l->weight + d->weight <= l->load->weight);
}

static bool
is_another(const struct loading *l, const struct delivery_due *d)
{
	return l->load->is_one_message && d->mail != l->load->to[0]->mail;
}

static bool
is_alone(const struct delivery_due *d)
{
	return d->is_alone || d->is_single;
}

/* What goes alone ends a load, unless it begins it. */
static void
take_some(struct lane *lane, struct loading *l, size_t share)
{
	while (share-- > 0 && lane->first != NULL && has_room(l, lane->first)) {
		bool alone = is_alone(lane->first);

		if (l->n > 0 && (alone || is_another(l, lane->first)))
			break;
		l->weight += lane->first->weight;
		l->load->to[l->n++] = take_first(lane);
		if (alone)
			break;
	}
}

static bool
goes_alone(const struct lane *lane)
{
	return lane->is_suspect || is_alone(lane->first);
}

bool
lanes_first_goes_alone(const struct lanes *lanes)
{
	return lanes->first != NULL && goes_alone(lanes->first);
}

size_t
lanes_take(struct lanes *lanes, const struct lanes_load *load)
{
	struct loading l = { .load = load };
	size_t turns = lanes->n_ring;
	size_t share = turns == 0 || !load->mixed ? load->most
	                                          : load->most / turns;

	for (; turns > 0; turns--) {
		struct lane *lane = lanes->first;
		bool alone = goes_alone(lane);

		if (!has_room(&l, lane->first) ||
		    (l.n > 0 &&
			(!load->mixed || alone || is_another(&l, lane->first))))
			break;
		leave_ring(lanes);
		take_some(lane, &l, share == 0 ? 1 : share);
		lane->going++;
		enter_ring(lane);
		if (alone)
			break;
	}
	return l.n;
}

/* What went wrong is remembered, for some lanes, until it goes well. */
static void
is_empty(struct lane *lane)
{
	if (lane->is_suspect && lane->lanes->n_empty < LANES_REMEMBERED)
		lane->lanes->n_empty++;
	else
		destroy(lane);
}

bool
lanes_drop(struct delivery_due *d)
{
	struct lane *lane = d->lane;
	struct delivery_due **p = &lane->first;

	while (*p != NULL && *p != d)
		p = &(*p)->next;
	if (*p == NULL)
		return false;
	*p = d->next;
	if (*p == NULL)
		lane->last = p;
	d->lane = NULL;
	lane->n--;
	lane->lanes->n--;
	if (lane->n == 0 && lane->in_ring)
		drop_from_ring(lane);
	if (lane->n == 0 && lane->going == 0)
		is_empty(lane);
	return true;
}

void
lanes_back(struct lane *lane, bool went_well)
{
	assert(lane->going > 0);
	lane->going--;
	lane->is_suspect = !went_well;
	enter_ring(lane);
	if (lane->n == 0 && lane->going == 0)
		is_empty(lane);
}
