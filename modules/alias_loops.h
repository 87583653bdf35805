/*
 * Aliases that lead to nobody: "a: b" and "b: a". Mail to them would be lost
 * without a word.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_ALIAS_LOOPS_H
#define MODULES_ALIAS_LOOPS_H

#include <stdlib.h>

#include "alias_file.h"

/* By name, and the same names by line. */
static int
alias_by_name(const void *left, const void *right)
{
	const struct alias_entry *a = left, *b = right;
	size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;

	for (size_t i = 0; i < n; i++) {
		int difference = vb_lower(a->name.p[i]) -
		                 vb_lower(b->name.p[i]);

		if (difference != 0)
			return difference;
	}
	if (a->name.n != b->name.n)
		return a->name.n < b->name.n ? -1 : 1;
	return a->line - b->line;
}

/* One of that name; `entries` are sorted. */
static const struct alias_entry *
alias_find(const struct alias_entry *entries, size_t n, struct vb_str name)
{
	size_t low = 0;

	for (size_t high = n; low < high;) {
		const size_t middle = low + (high - low) / 2;
		const struct alias_entry key = { .name = name };

		if (alias_by_name(&entries[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && vb_str_ieq(entries[low].name, name) ? &entries[low]
	                                                      : NULL;
}

/* Whom other modules are asked about, or an alias that does so. */
static bool
alias_member_leads_out(const struct alias_entry *entries, size_t n,
    const struct alias_entry *e, const struct alias_member *m)
{
	const struct alias_entry *next;

	if (m->kind != ALIAS_ADDRESS || vb_str_ieq(m->text, e->name) ||
	    memchr(m->text.p, '@', m->text.n) != NULL)
		return true;
	next = alias_find(entries, n, m->text);
	return next == NULL || next->leads_out;
}

static bool
alias_leads_out(
    const struct alias_entry *entries, size_t n, const struct alias_entry *e)
{
	struct vb_str rest = e->members;
	struct alias_member m;

	if (e->wrong != NULL)
		return true;
	while (alias_member_next(&rest, false, &m))
		if (alias_member_leads_out(entries, n, e, &m))
			return true;
	return false;
}

/*
 * Each pass finds those that are one step further from the way out. Where there
 * are as many steps as no file has that a person writes, nothing is said.
 */
static inline void
alias_find_loops(struct alias_entry *entries, size_t n)
{
	enum { PASSES = 100 };
	bool goes_on = true;

	for (int pass = 0; goes_on && pass < PASSES; pass++) {
		goes_on = false;
		for (size_t i = 0; i < n; i++)
			if (!entries[i].leads_out &&
			    alias_leads_out(entries, n, &entries[i]))
				entries[i].leads_out = goes_on = true;
	}
	for (size_t i = 0; !goes_on && i < n; i++)
		if (!entries[i].leads_out)
			entries[i].wrong = "leads to nobody, in a circle";
}

#endif
