/* What is kept, by when it has been kept too long: a heap, in which each
   message knows its place. */
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/mail/kept_state.h"

static void
put(struct kept *k, size_t at, struct kept_message *m)
{
	k->oldest[at] = m;
	m->at = at;
}

static void
swap(struct kept *k, size_t a, size_t b)
{
	struct kept_message *m = k->oldest[a];

	put(k, a, k->oldest[b]);
	put(k, b, m);
}

static bool
is_before(const struct kept *k, size_t a, size_t b)
{
	return k->oldest[a]->until < k->oldest[b]->until;
}

static void
rise(struct kept *k, size_t at)
{
	while (at > 0 && is_before(k, at, (at - 1) / 2)) {
		swap(k, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void
sink(struct kept *k, size_t at)
{
	for (;;) {
		size_t least = at, child = 2 * at + 1;

		for (size_t i = child; i < child + 2 && i < k->n; i++)
			if (is_before(k, i, least))
				least = i;
		if (least == at)
			return;
		swap(k, at, least);
		at = least;
	}
}

void
kept_age_add(struct kept *k, struct kept_message *m)
{
	if (k->n == k->room) {
		k->room = k->room == 0 ? 64 : k->room * 2;
		k->oldest = must_resize(
		    k->oldest, k->room * sizeof(struct kept_message *));
	}
	put(k, k->n++, m);
	rise(k, m->at);
}

void
kept_age_move(struct kept *k, struct kept_message *m)
{
	rise(k, m->at);
	sink(k, m->at);
}

void
kept_age_remove(struct kept *k, struct kept_message *m)
{
	size_t at = m->at;
	struct kept_message *last = k->oldest[--k->n];

	if (last == m)
		return;
	put(k, at, last);
	kept_age_move(k, last);
}

bool
kept_take_old(struct kept *k, int64_t now, char id[SCHEDULE_ID])
{
	struct kept_message *m = k->n > 0 ? k->oldest[0] : NULL;

	if (m == NULL || m->until > now)
		return false;
	memcpy(id, m->id, SCHEDULE_ID);
	m->until = INT64_MAX;
	kept_age_move(k, m);
	return true;
}
