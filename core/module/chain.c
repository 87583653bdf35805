/*
 * The order of the hooks at one point.
 *
 * A stable topological sort: of the hooks that wait for no other the earliest
 * in `modules` comes next. There are few hooks at a point and chains are built
 * once a generation, so the plain way of doing it is good enough.
 */
#include "core/module/chain.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/buffer.h"

/* The hooks at a point in the order of `modules`, and which have their place.
 */
struct sorting {
	enum vb_point point;
	struct chain_link *links;
	bool *is_placed;
	size_t n;
};

static const char *const points[] = {
	[VB_AT_CONNECT] = "CONNECT",
	[VB_AT_BANNER] = "BANNER",
	[VB_AT_HELO] = "HELO",
	[VB_AT_COMMAND] = "COMMAND",
	[VB_AT_MAIL] = "MAIL",
	[VB_AT_RCPT] = "RCPT",
	[VB_AT_DATA] = "DATA",
	[VB_AT_HEADER] = "HEADER",
	[VB_AT_BODY] = "BODY",
	[VB_AT_MESSAGE] = "MESSAGE",
	[VB_AT_STORED] = "STORED",
	[VB_AT_REPLY] = "REPLY",
	[VB_AT_UNKNOWN] = "UNKNOWN",
	[VB_AT_TRANSACTION_END] = "TRANSACTION_END",
	[VB_AT_SESSION_END] = "SESSION_END",
};

/* "spf dkim" has dkim. */
static bool
has_word(const char *words, const char *word)
{
	const size_t n = strlen(word);

	while (words != NULL && *words != '\0') {
		size_t length = strcspn(words, " ");

		if (length == n && memcmp(words, word, n) == 0)
			return true;
		words += length;
		words += strspn(words, " ");
	}
	return false;
}

static bool
precedes(const struct chain_link *a, const struct chain_link *b)
{
	return has_word(a->hook->before, b->module->name) ||
	       has_word(b->hook->after, a->module->name);
}

static size_t
count_hooks(const struct modules *modules)
{
	size_t n = 0;

	for (size_t i = 0; i < modules->n; i++) {
		const struct vb_hook *h = modules->items[i].is.hooks;

		for (; h != NULL && h->size != 0; h++)
			n++;
	}
	return n;
}

static void
gather(struct sorting *s, const struct module *m)
{
	const struct vb_hook *h = m->is.hooks;

	for (; h != NULL && h->size != 0; h++)
		if (h->point == s->point)
			s->links[s->n++] = (struct chain_link){ h, m };
}

/* The first hook without a place that must come before hook i; n for none. */
static size_t
blocker(const struct sorting *s, size_t i)
{
	size_t other = 0;

	while (other < s->n && (s->is_placed[other] ||
				   !precedes(&s->links[other], &s->links[i])))
		other++;
	return other;
}

/* The first hook that may come next; n for none. */
static size_t
next_ready(const struct sorting *s)
{
	size_t i = 0;

	while (i < s->n && (s->is_placed[i] || blocker(s, i) < s->n))
		i++;
	return i;
}

/* Puts the hooks into `items`; returns how many found a place. */
static size_t
sort(struct sorting *s, struct chain_link *items)
{
	size_t n = 0;

	for (size_t i = next_ready(s); i < s->n; i = next_ready(s)) {
		s->is_placed[i] = true;
		items[n++] = s->links[i];
	}
	return n;
}

/* Each hook without a place waits for another such: go back along these until
   one must have come twice. That one is in the cycle. */
static size_t
find_cycle(const struct sorting *s)
{
	size_t i = 0;

	while (s->is_placed[i])
		i++;
	for (size_t steps = 0; steps < s->n; steps++)
		i = blocker(s, i);
	return i;
}

static void
tell_cycle(const struct sorting *s, struct problems *problems)
{
	const size_t first = find_cycle(s);
	const struct module *m = s->links[first].module;
	struct buffer text = { 0 };
	size_t i = first;

	do {
		const struct module *here = s->links[i].module;

		i = blocker(s, i);
		buffer_printf(&text, "%s\"%s\" (%s:%d) after \"%s\"",
		    text.n == 0 ? "" : ", ", here->name, here->file, here->line,
		    s->links[i].module->name);
	} while (i != first);
	problems_add(problems, m->file, m->line,
	    "the hooks at VB_AT_%s have no order: %.*s", points[s->point],
	    VB_FMT(buffer_str(&text)));
	buffer_finish(&text);
}

struct chain
chain_build(enum vb_point point, const struct modules *modules,
    struct arena *arena, struct problems *problems)
{
	const size_t room = count_hooks(modules);
	struct sorting s = { .point = point };
	struct chain_link *items;

	s.links = arena_alloc(arena, room * sizeof(*s.links));
	for (size_t i = 0; i < modules->n; i++)
		gather(&s, &modules->items[i]);
	s.is_placed = arena_alloc(arena, s.n * sizeof(*s.is_placed));
	items = arena_alloc(arena, s.n * sizeof(*items));
	if (sort(&s, items) == s.n)
		return (struct chain){ items, s.n };
	tell_cycle(&s, problems);
	return (struct chain){ 0 };
}
