/* What is parked, by when it is due. */
#include "core/mail/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

static void
swap(struct schedule *s, size_t a, size_t b)
{
	struct scheduled item = s->items[a];

	s->items[a] = s->items[b];
	s->items[b] = item;
}

static void
rise(struct schedule *s, size_t i)
{
	while (i > 0 && s->items[i].due < s->items[(i - 1) / 2].due) {
		swap(s, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void
sink(struct schedule *s, size_t i)
{
	for (;;) {
		size_t least = i, child = 2 * i + 1;

		for (size_t k = child; k < child + 2 && k < s->n; k++)
			if (s->items[k].due < s->items[least].due)
				least = k;
		if (least == i)
			return;
		swap(s, i, least);
		i = least;
	}
}

void
schedule_add(struct schedule *s, struct vb_str id, int64_t due)
{
	struct scheduled *item;

	if (s->n == s->room) {
		s->room = s->room == 0 ? 64 : s->room * 2;
		s->items = must_resize(s->items, s->room * sizeof(*s->items));
	}
	item = &s->items[s->n++];
	*item = (struct scheduled){ .due = due };
	memcpy(item->id, id.p, id.n < SCHEDULE_ID ? id.n : SCHEDULE_ID - 1);
	rise(s, s->n - 1);
}

bool
schedule_take(struct schedule *s, int64_t now, struct scheduled *next)
{
	if (s->n == 0 || s->items[0].due > now)
		return false;
	*next = s->items[0];
	s->items[0] = s->items[--s->n];
	sink(s, 0);
	return true;
}

int64_t
schedule_next(const struct schedule *s)
{
	return s->n == 0 ? INT64_MAX : s->items[0].due;
}

static void
hurry(struct scheduled *item)
{
	if (item->due > 0)
		item->due = 0;
}

void
schedule_flush(struct schedule *s)
{
	for (size_t i = 0; i < s->n; i++)
		hurry(&s->items[i]);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

size_t
schedule_hurry(struct schedule *s, const char (*ids)[SCHEDULE_ID], size_t n)
{
	size_t found = 0;

	for (size_t i = 0; n > 0 && i < s->n; i++) {
		if (bsearch(s->items[i].id, ids, n, sizeof(*ids), compare) ==
		    NULL)
			continue;
		hurry(&s->items[i]);
		rise(s, i);
		found++;
	}
	return found;
}

bool
schedule_remove(struct schedule *s, struct vb_str id)
{
	size_t i = 0;

	while (i < s->n && !vb_str_eq(id, vb_str(s->items[i].id)))
		i++;
	if (i == s->n)
		return false;
	s->items[i] = s->items[--s->n];
	if (i < s->n) {
		sink(s, i);
		rise(s, i);
	}
	return true;
}

void
schedule_finish(struct schedule *s)
{
	free(s->items);
	*s = (struct schedule){ 0 };
}
