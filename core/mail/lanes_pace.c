/* How next hops were the last time, and how many places that is worth. */
#include "core/mail/lanes.h"

static void
join(struct lane_domain *domain, enum lane_pace pace)
{
	domain->pace = pace;
	domain->turns.self.of = &domain->site->groups[pace].turns;
}

void
lane_domain_open(struct lane_domain *domain, struct lane_site *site)
{
	domain->site = site;
	join(domain, LANE_UNTRIED);
}

void
lanes_note(struct lane *lane, enum lane_pace pace)
{
	struct lane_domain *domain = lane->domain;
	size_t *going = domain->site->lanes->going;

	if (domain->pace == pace)
		return;
	going[domain->pace] -= domain->going;
	going[pace] += domain->going;
	turn_leave(&domain->turns.self);
	join(domain, pace);
	if (domain->turns.n > 0)
		turn_enter(&domain->turns.self);
	lane_look(lane);
}

bool
lanes_have_place(const struct lanes *lanes, enum lane_pace pace, size_t places)
{
	static const size_t quarters[] = {
		[LANE_SLOW] = 2, [LANE_UNTRIED] = 3, [LANE_SWIFT] = 4
	};
	size_t going = 0;

	for (int p = 0; p < LANE_PACES; p++) {
		going += lanes->going[p];
		if (p >= (int)pace && going >= places * quarters[p] / 4)
			return false;
	}
	return true;
}
