/* What waits, in lanes. */
#include "core/mail/lanes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

static void
open_site(struct lane_site *site, struct lanes *lanes)
{
	site->lanes = lanes;
	site->turns.self.of = &lanes->turns;
	for (int pace = 0; pace < LANE_PACES; pace++) {
		site->groups[pace].site = site;
		site->groups[pace].turns.self.of = &site->turns;
	}
}

void
lanes_open(struct lanes *lanes, size_t n_sites)
{
	*lanes = (struct lanes){ .n_sites = n_sites };
	lanes->sites = must_alloc(n_sites * sizeof(*lanes->sites));
	for (size_t i = 0; i < n_sites; i++)
		open_site(&lanes->sites[i], lanes);
}

static struct lane *
lane_of(struct map_node *node)
{
	return (struct lane *)((char *)node - offsetof(struct lane, by_key));
}

static struct lane *
resting(struct turn *rest)
{
	return (struct lane *)((char *)rest - offsetof(struct lane, rest));
}

static struct lane_domain *
domain_of(struct map_node *node)
{
	return (struct lane_domain *)((char *)node -
				      offsetof(struct lane_domain, by_key));
}

static void
destroy(struct lane *lane)
{
	struct lane_domain *domain = lane->domain;
	struct lanes *lanes = domain->site->lanes;

	turn_leave(&lane->rest);
	map_remove(&lanes->by_key, &lane->by_key);
	free(lane);
	if (--domain->n > 0)
		return;
	map_remove(&lanes->domains, &domain->by_key);
	free(domain);
}

void
lanes_finish(struct lanes *lanes)
{
	struct map_node *node, *next = map_next(&lanes->by_key, NULL);

	while ((node = next) != NULL) {
		next = map_next(&lanes->by_key, node);
		destroy(lane_of(node));
	}
	map_finish(&lanes->by_key);
	map_finish(&lanes->domains);
	buffer_finish(&lanes->key);
	free(lanes->sites);
}

/* The key of the domain, which the lane's begins with. */
static struct vb_str
make_key(struct lanes *lanes, const struct lane_name *name)
{
	struct vb_str key;

	lanes->key.n = 0;
	buffer_add(&lanes->key, &name->site, sizeof(name->site));
	buffer_add_str(&lanes->key, name->domain);
	buffer_add(&lanes->key, "", 1);
	key.n = lanes->key.n;
	buffer_add_str(&lanes->key, name->mailbox);
	key.p = lanes->key.p;
	return key;
}

static struct lane_domain *
find_domain(struct lanes *lanes, size_t site, struct vb_str key)
{
	struct map_node *node = map_find(&lanes->domains, key);
	struct lane_domain *domain;

	if (node != NULL)
		return domain_of(node);
	domain = must_alloc(sizeof(*domain) + key.n);
	lane_domain_open(domain, &lanes->sites[site]);
	memcpy(domain->key, key.p, key.n);
	map_add(&lanes->domains, &domain->by_key,
	    (struct vb_str){ domain->key, key.n });
	return domain;
}

static struct lane *
find(struct lanes *lanes, const struct lane_name *name)
{
	struct vb_str of_domain = make_key(lanes, name);
	struct vb_str key = buffer_str(&lanes->key);
	struct map_node *node = map_find(&lanes->by_key, key);
	struct lane *lane;

	if (node != NULL)
		return lane_of(node);
	lane = must_alloc(sizeof(*lane) + key.n);
	lane->domain = find_domain(lanes, name->site, of_domain);
	lane->domain->n++;
	lane->turn.of = &lane->domain->turns;
	lane->last = &lane->first;
	memcpy(lane->key, key.p, key.n);
	map_add(
	    &lanes->by_key, &lane->by_key, (struct vb_str){ lane->key, key.n });
	return lane;
}

static void
look_how_long(struct lane *lane)
{
	struct lanes *lanes = lane->domain->site->lanes;

	if ((lane->n >= lane->longest) == (lane->link_long != NULL))
		return;
	if (lane->link_long != NULL) {
		*lane->link_long = lane->next_long;
		if (lane->next_long != NULL)
			lane->next_long->link_long = lane->link_long;
		lane->link_long = NULL;
		return;
	}
	lane->next_long = lanes->first_long;
	if (lane->next_long != NULL)
		lane->next_long->link_long = &lane->next_long;
	lanes->first_long = lane;
	lane->link_long = &lanes->first_long;
}

static bool
is_swift(const struct lane *lane, int64_t now_ms)
{
	return now_ms - lane->first->entered < LANES_SWIFT_MS;
}

bool
lanes_are_flooded(const struct lanes *lanes, int64_t now_ms)
{
	const struct lane *lane = lanes->first_long;

	while (lane != NULL && !is_swift(lane, now_ms))
		lane = lane->next_long;
	return lane != NULL;
}

static unsigned
most_at_once(const struct lane *lane)
{
	if (lane->is_next_hop && lane->domain->pace == LANE_UNTRIED &&
	    lane->most > LANES_AT_FIRST)
		return LANES_AT_FIRST;
	return lane->most;
}

void
lane_look(struct lane *lane)
{
	look_how_long(lane);
	if (lane->n > 0 && lane->going < most_at_once(lane))
		turn_enter(&lane->turn);
	else
		turn_leave(&lane->turn);
}

bool
lanes_put(struct lanes *lanes, const struct lane_name *name,
    struct delivery_due *d, bool first)
{
	struct lane *lane = find(lanes, name);
	int64_t now = clock_steady_ms();

	if (!first && lane->n >= name->longest &&
	    !(name->may_swell && is_swift(lane, now)))
		return false;
	turn_leave(&lane->rest);
	lane->most = name->most;
	lane->is_next_hop = name->is_next_hop;
	lane->longest = name->may_swell ? name->longest : SIZE_MAX;
	d->lane = lane;
	if (!first || d->entered == 0)
		d->entered = now;
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
	lane_look(lane);
	return true;
}

size_t
lanes_idle_sites(const struct lanes *lanes)
{
	return lanes->n_sites - lanes->n_busy;
}

bool
lanes_are_still(const struct lanes *lanes)
{
	return lanes->turns.first == NULL;
}

/* What went wrong, or is known of a next hop, is remembered: the latest. */
static void
is_empty(struct lane *lane)
{
	const struct lane_domain *domain = lane->domain;
	struct turns *ring = &domain->site->lanes->remembered[domain->pace];

	if (!lane->is_suspect && domain->pace == LANE_UNTRIED) {
		destroy(lane);
		return;
	}
	lane->rest.of = ring;
	turn_enter(&lane->rest);
	if (ring->n > LANES_REMEMBERED)
		destroy(resting(ring->first));
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
	lane->domain->site->lanes->n--;
	lane_look(lane);
	if (lane->n == 0 && lane->going == 0)
		is_empty(lane);
	return true;
}

void
lanes_back(struct lane *lane, bool went_well)
{
	struct lane_site *site = lane->domain->site;

	assert(lane->going > 0);
	lane->going--;
	lane->domain->going--;
	site->lanes->going[lane->domain->pace]--;
	if (--site->going == 0)
		site->lanes->n_busy--;
	lane->is_suspect = !went_well;
	lane_look(lane);
	if (lane->n == 0 && lane->going == 0)
		is_empty(lane);
}
