/*
 * Taking a load from lanes: in turn of each site, of it in turn of each pace,
 * of that in turn of each domain, and of that of each lane.
 */
#include "core/mail/lanes.h"

/* How far a load is. */
struct loading {
	const struct lanes_load *load;
	size_t n, weight;
	size_t share;              /* of a site */
	struct lane_group *passed; /* over: they keep their turn */
};

static struct delivery_due *
take_first(struct lane *lane)
{
	struct delivery_due *d = lane->first;

	lane->first = d->next;
	if (lane->first == NULL)
		lane->last = &lane->first;
	lane->n--;
	lane->domain->site->lanes->n--;
	d->progress = PROGRESS_GOING;
	return d;
}

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

/* It has the next turn of its group, which may go. */
static struct lane *
first_of(const struct lane_group *group)
{
	const struct turns *domain = (struct turns *)group->turns.first;

	return (struct lane *)domain->first;
}

/* The group that has the next turn, or NULL. */
static struct lane_group *
first_group(const struct lanes *lanes)
{
	const struct turns *site = (struct turns *)lanes->turns.first;

	return site == NULL ? NULL : (struct lane_group *)site->first;
}

bool
lanes_first_goes_alone(const struct lanes *lanes)
{
	const struct lane_group *group = first_group(lanes);

	return group != NULL && goes_alone(first_of(group));
}

/* All places that its pace may have are taken. */
static bool
is_full(const struct loading *l, const struct lane_group *group)
{
	const struct lane_site *site = group->site;
	const enum lane_pace pace = (enum lane_pace)(group - site->groups);

	return l->load->places > 0 && site->going > 0 &&
	       !lanes_have_place(site->lanes, pace, l->load->places);
}

/* Its turn is not now: it goes in no company, or makes room for others. */
static bool
is_passed_over(const struct loading *l, const struct lane_group *group)
{
	const struct lane *lane = first_of(group);

	if (is_full(l, group) ||
	    (l->load->is_for_idle && group->site->going > 0))
		return true;
	return l->n > 0 && (goes_alone(lane) || is_another(l, lane->first));
}

/* The lane that has the next turn; NULL when the load is done. */
static struct lane *
next_lane(struct lanes *lanes, struct loading *l)
{
	struct lane_group *group;

	while ((group = first_group(lanes)) != NULL) {
		if (!is_passed_over(l, group))
			return first_of(group);
		turn_leave(&group->turns.self);
		group->next = l->passed;
		l->passed = group;
	}
	return NULL;
}

/* Those of its site and pace. */
static struct lane_group *
group_of(const struct lane_domain *domain)
{
	return &domain->site->groups[domain->pace];
}

/* What is left to its site, for each of its domains, for each lane of this. */
static size_t
share_of(const struct lane *lane, const struct loading *l)
{
	const struct lane_domain *domain = lane->domain;
	size_t share = l->share / group_of(domain)->turns.n / domain->turns.n;

	if (!l->load->mixed)
		return l->load->most;
	return share == 0 ? 1 : share;
}

/* It does not go again in this load. */
static void
end_turn(struct lane *lane)
{
	turn_leave(&lane->turn);
	turn_is_over(&lane->domain->turns.self);
	turn_is_over(&group_of(lane->domain)->turns.self);
	turn_is_over(&lane->domain->site->turns.self);
}

static void
go(struct lane *lane)
{
	struct lane_site *site = lane->domain->site;

	lane->going++;
	lane->domain->going++;
	site->lanes->going[lane->domain->pace]++;
	if (site->going++ == 0)
		site->lanes->n_busy++;
	lane_look(lane);
}

static void
end_load(struct loading *l)
{
	const struct lane *last = NULL;

	for (; l->passed != NULL; l->passed = l->passed->next)
		turn_enter_first(&l->passed->turns.self);
	for (size_t i = 0; i < l->n; i++) {
		struct lane *lane = l->load->to[i]->lane;

		if (lane != last)
			go(lane);
		last = lane;
	}
}

size_t
lanes_take(struct lanes *lanes, const struct lanes_load *load)
{
	size_t sites = lanes->turns.n;
	struct loading l = { .load = load,
		.share = sites == 0 ? 0 : load->most / sites };
	struct lane *lane;

	while ((lane = next_lane(lanes, &l)) != NULL &&
	       has_room(&l, lane->first)) {
		bool is_last = !load->mixed || goes_alone(lane);

		take_some(lane, &l, share_of(lane, &l));
		end_turn(lane);
		if (is_last)
			break;
	}
	end_load(&l);
	return l.n;
}
