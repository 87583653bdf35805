/* Rings that take turns, in each other. */
#include "core/mail/turns.h"

#include <assert.h>

static void
link_in(struct turn *t)
{
	struct turns *ring = t->of;

	if (ring->first == NULL) {
		ring->first = t->next = t->prev = t;
	} else {
		t->next = ring->first;
		t->prev = ring->first->prev;
		t->prev->next = t->next->prev = t;
	}
	ring->n++;
}

void
turn_enter(struct turn *t)
{
	for (; t->of != NULL && t->next == NULL; t = &t->of->self)
		link_in(t);
}

void
turn_enter_first(struct turn *t)
{
	for (; t->of != NULL && t->next == NULL; t = &t->of->self) {
		link_in(t);
		t->of->first = t;
	}
}

void
turn_leave(struct turn *t)
{
	while (t->of != NULL && t->next != NULL) {
		struct turns *ring = t->of;

		t->prev->next = t->next;
		t->next->prev = t->prev;
		if (ring->first == t)
			ring->first = t->next == t ? NULL : t->next;
		t->next = t->prev = NULL;
		if (--ring->n > 0)
			break;
		t = &ring->self;
	}
}

void
turn_is_over(struct turn *t)
{
	if (t->next == NULL)
		return;
	assert(t->of->first == t);
	t->of->first = t->next;
}
