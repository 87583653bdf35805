/* Did you mean ...? (The distance of Levenshtein.) */
#include "core/module/nearest.h"

enum { LONGEST = 64 };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Of two texts of at most LONGEST octets. */
static size_t
distance(struct vb_str a, struct vb_str b)
{
	size_t row[LONGEST + 1]; /* from a's first octets to b's first j */

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 0; i < a.n; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b.n; j++) {
			size_t replaced = corner + (a.p[i] != b.p[j]);

			corner = row[j + 1];
			row[j + 1] = least(
			    replaced, least(row[j], row[j + 1]) + 1);
		}
	}
	return row[b.n];
}

struct nearest
nearest_begin(struct vb_str written)
{
	size_t most = written.n / 3 > 2 ? written.n / 3 : 2;

	/* Of a short name half may change: any two are alike else. */
	if (most > written.n / 2)
		most = written.n / 2;
	return (struct nearest){ written, NULL, most + 1 };
}

void
nearest_try(struct nearest *n, const char *name)
{
	struct vb_str other = vb_str(name);
	size_t changes;

	if (n->written.n > LONGEST || other.n > LONGEST)
		return;
	changes = distance(n->written, other);
	if (changes >= n->changes)
		return;
	n->changes = changes;
	n->best = name;
}
