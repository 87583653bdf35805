/* Hosts by their rank, and their addresses. */
#include "core/io/resolver_table.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table_host *
table_add(struct table *t, const struct table_host *host)
{
	struct table_host *h;

	if (t->n == TABLE_HOSTS)
		return NULL;
	h = arena_alloc(t->arena, sizeof(*h));
	*h = *host;
	h->name = arena_string(t->arena, vb_str(host->name));
	t->hosts[t->n++] = h;
	return h;
}

void
table_add_addresses(
    struct table_family *family, const struct dns_record *records, size_t n)
{
	for (size_t i = 0; i < n && family->n < TABLE_ADDRESSES; i++)
		memcpy(family->address[family->n++], records[i].address, 16);
}

void
table_note(struct table *t, const char *status, const char *fmt, ...)
{
	enum vb_outcome outcome = status[0] == '5' ? VB_NEVER : VB_LATER;
	char text[400];
	va_list ap;

	if (t->problem.outcome == VB_LATER || t->problem.outcome == outcome)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	t->problem.outcome = outcome;
	t->problem.status = status;
	t->problem.text = arena_string(t->arena, vb_str(text));
}

static int
by_rank(const void *a, const void *b)
{
	const struct table_host *x = *(struct table_host *const *)a;
	const struct table_host *y = *(struct table_host *const *)b;

	if (x->hop != y->hop)
		return x->hop < y->hop ? -1 : 1;
	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return x->lot < y->lot ? -1 : x->lot > y->lot;
}

static void
put(struct resolved_address *to, const struct table_host *h, int family,
    const unsigned char *octets)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&to->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to->address;

	to->host = h->name;
	if (family == AF_INET) {
		to->size = sizeof(*in4);
		in4->sin_family = AF_INET;
		in4->sin_port = htons(h->port);
		memcpy(&in4->sin_addr, octets, 4);
		return;
	}
	to->size = sizeof(*in6);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(h->port);
	memcpy(&in6->sin6_addr, octets, 16);
}

static void
note_homeless(struct table *t, const struct table_host *h)
{
	if (h->is_unsure)
		table_note(t, "4.4.3",
		    "the address of %s cannot be found out now", h->name);
	else
		table_note(t, "5.4.4", "the host %s has no address", h->name);
}

struct resolved
table_read(struct table *t)
{
	struct resolved_address *all = arena_alloc(
	    t->arena, (t->n * TABLE_ADDRESSES * 2 + 1) * sizeof(*all));
	size_t n = 0;

	qsort(t->hosts, t->n, sizeof(t->hosts[0]), by_rank);
	for (size_t i = 0; i < t->n; i++) {
		const struct table_host *h = t->hosts[i];

		for (size_t k = 0; k < h->in6.n; k++)
			put(&all[n++], h, AF_INET6, h->in6.address[k]);
		for (size_t k = 0; k < h->in4.n; k++)
			put(&all[n++], h, AF_INET, h->in4.address[k]);
		if (h->in6.n + h->in4.n == 0)
			note_homeless(t, h);
	}
	if (n == 0)
		return t->problem;
	return (struct resolved){ .addresses = all, .n = n };
}
