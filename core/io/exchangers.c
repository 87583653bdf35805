/* Mail exchangers: which are of use, and in which order. */
#include "core/io/exchangers.h"

#include <stdint.h>
#include <stdlib.h>

bool
exchangers_is_us(const char *host, struct vb_str own_name)
{
	struct vb_str text = vb_str(host);

	if (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	return vb_str_ieq(text, own_name);
}

static int
by_preference(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	return x->preference < y->preference ? -1
	                                     : x->preference > y->preference;
}

/* How far away we are. */
static unsigned
horizon(const struct dns_record *records, size_t n, struct vb_str own_name)
{
	unsigned most = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		if (exchangers_is_us(records[i].host, own_name) &&
		    records[i].preference < most)
			most = records[i].preference;
	return most;
}

enum exchangers
exchangers_choose(struct dns_record *records, size_t *n, struct vb_str own_name)
{
	unsigned most = horizon(records, *n, own_name);
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (records[i].host[0] != '\0' && records[i].preference < most)
			records[kept++] = records[i];
	qsort(records, kept, sizeof(records[0]), by_preference);
	*n = kept;
	if (kept > 0)
		return EXCHANGERS_SOME;
	return most == UINT32_MAX ? EXCHANGERS_NONE : EXCHANGERS_CIRCLE;
}
