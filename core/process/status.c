/*
 * The server as it is, in lines for people.
 *
 *	master   812 serves since 2026-11-24T03:58:27Z, 2h 3m
 *	queue    815
 *	workers  816 817
 */
#include "core/process/status.h"

#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/date.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* "2d 3h", "3h 12m", "12m 5s" */
static void
add_span(struct buffer *to, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char name;
	} units[] = { { DAY, 'd' }, { HOUR, 'h' }, { MINUTE, 'm' },
		{ 1, 's' } };
	size_t i = 0;

	while (i < 2 && seconds < units[i].seconds)
		i++;
	buffer_printf(to, "%lld%c %lld%c",
	    (long long)(seconds / units[i].seconds), units[i].name,
	    (long long)(seconds % units[i].seconds / units[i + 1].seconds),
	    units[i + 1].name);
}

static void
add_master(struct buffer *to, const struct status *s)
{
	int64_t now = clock_wall_us() / 1000000;
	char since[DATE_LENGTH + 1];

	date_write(s->started, since);
	buffer_printf(to, "%-10s%ld %s since %s, ", "master", (long)getpid(),
	    s->is_ending    ? "stops; ran"
	    : s->has_served ? "serves"
			    : "starts",
	    since);
	add_span(to, now > s->started ? now - s->started : 0);
	buffer_add(to, "\n", 1);
}

/* Those of a kind; of couriers, those of a pool. */
static void
add_kind(struct buffer *to, const struct status *s, const char *name,
    const struct child *like)
{
	size_t all = 0, gone = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct child *c = &s->children[i];

		if (c->kind != like->kind ||
		    (c->kind == CHILD_COURIER && c->number != like->number))
			continue;
		if (all++ == 0)
			buffer_printf(to, "%-9s", name);
		if (c->pid == 0)
			gone++;
		else
			buffer_printf(to, " %ld", (long)c->pid);
	}
	if (gone > 0)
		buffer_printf(to, " (%zu of %zu not running)", gone, all);
	if (all > 0)
		buffer_add(to, "\n", 1);
}

void
status_write(struct buffer *to, const struct status *s)
{
	static const struct {
		const char *name;
		struct child like;
	} kinds[] = {
		{ "queue", { .kind = CHILD_QUEUE } },
		{ "workers", { .kind = CHILD_WORKER } },
		{ "couriers",
		    { .kind = CHILD_COURIER, .number = PAIR_DELIVERIES } },
		{ "as others",
		    { .kind = CHILD_COURIER, .number = PAIR_RECIPIENTS } },
		{ "lookups",
		    { .kind = CHILD_COURIER, .number = PAIR_ANSWERS } },
		{ "terminals",
		    { .kind = CHILD_COURIER, .number = PAIR_TERMINALS } },
	};

	add_master(to, s);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		add_kind(to, s, kinds[i].name, &kinds[i].like);
}
