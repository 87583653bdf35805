/*
 * From next hops to addresses. All that is to be asked is asked at once; when
 * the last answer is there, the table of hosts is read off.
 */
#include "core/io/resolver.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/io/dns.h"
#include "core/io/exchangers.h"
#include "core/io/next_hop.h"
#include "core/io/resolver_table.h"

enum { HOPS_MOST = 16 };

struct resolver {
	struct dns *dns;
	uv_loop_t *loop;
	uint64_t lot;
};

struct hop {
	struct lookup *lookup;
	struct next_hop is;
	unsigned number;
};

struct lookup {
	struct resolver *resolver;
	struct vb_str own_name;
	resolver_done *done;
	void *data;
	struct hop hops[HOPS_MOST];
	struct table table;
	unsigned pending; /* answers to come, and the one who asks */
	uv_timer_t soon;  /* so that nobody is called from within */
};

struct resolver *
resolver_create(uv_loop_t *loop, const struct vb_strings *servers)
{
	struct resolver *r = must_alloc(sizeof(*r));

	r->loop = loop;
	r->lot = (uint64_t)clock_wall_us() ^ (uint64_t)getpid() << 40;
	r->dns = dns_create(loop, servers);
	if (r->dns != NULL)
		return r;
	free(r);
	return NULL;
}

void
resolver_destroy(struct resolver *r)
{
	if (r == NULL)
		return;
	dns_destroy(r->dns);
	free(r);
}

/* The next number by lot: splitmix64. */
static uint64_t
draw(struct resolver *r)
{
	uint64_t z = r->lot += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct table_host *
add_host(struct hop *hop, const char *name, unsigned preference)
{
	return table_add(
	    &hop->lookup->table, &(struct table_host){
				     .name = name,
				     .hop = hop->number,
				     .preference = preference,
				     .lot = draw(hop->lookup->resolver),
				     .port = hop->is.port,
				     .data = hop->lookup,
				 });
}

static void
closed(uv_handle_t *handle)
{
	struct lookup *l = handle->data;

	arena_destroy(l->table.arena);
	free(l);
}

static void
tell(uv_timer_t *timer)
{
	struct lookup *l = timer->data;
	const struct resolved answer = table_read(&l->table);

	l->done(l->data, &answer);
	uv_close((uv_handle_t *)&l->soon, closed);
}

static void
one_less(struct lookup *l)
{
	if (--l->pending == 0)
		uv_timer_start(&l->soon, tell, 0, 0);
}

static void
take_addresses(struct table_host *h, struct table_family *family,
    enum dns_answer answer, const struct dns_record *records, size_t n)
{
	table_add_addresses(family, records, n);
	if (answer == DNS_FAILED)
		h->is_unsure = true;
	one_less(h->data);
}

static void
has_in4(void *data, enum dns_answer answer, const struct dns_record *records,
    size_t n, const char *why)
{
	struct table_host *h = data;

	(void)why;
	take_addresses(h, &h->in4, answer, records, n);
}

static void
has_in6(void *data, enum dns_answer answer, const struct dns_record *records,
    size_t n, const char *why)
{
	struct table_host *h = data;

	(void)why;
	take_addresses(h, &h->in6, answer, records, n);
}

static void
ask_addresses(struct lookup *l, struct table_host *h)
{
	l->pending += 2;
	dns_ask(l->resolver->dns, h->name, DNS_A, has_in4, h);
	dns_ask(l->resolver->dns, h->name, DNS_AAAA, has_in6, h);
}

/* A host that a route names may stand in the hosts file only. */
static bool
has_file_addresses(struct dns *dns, struct table_host *h)
{
	struct dns_record records[DNS_MOST] = { 0 };

	table_add_addresses(
	    &h->in4, records, dns_hosts_file(dns, h->name, DNS_A, records));
	table_add_addresses(
	    &h->in6, records, dns_hosts_file(dns, h->name, DNS_AAAA, records));
	return h->in4.n + h->in6.n > 0;
}

static void
note_circle(struct hop *hop)
{
	table_note(&hop->lookup->table, "5.4.6",
	    "mail for %s would come back to us", hop->is.host);
}

static void
take_exchangers(struct hop *hop, const struct dns_record *records, size_t n)
{
	struct dns_record chosen[DNS_MOST];

	memcpy(chosen, records, n * sizeof(*records));
	switch (exchangers_choose(chosen, &n, hop->lookup->own_name)) {
	case EXCHANGERS_SOME:
		break;
	case EXCHANGERS_NONE:
		table_note(&hop->lookup->table, "5.1.10",
		    "the domain %s takes no mail", hop->is.host);
		break;
	case EXCHANGERS_CIRCLE:
		note_circle(hop);
		break;
	}
	for (size_t i = 0; i < n; i++) {
		struct table_host *h = add_host(
		    hop, chosen[i].host, chosen[i].preference);

		if (h != NULL)
			ask_addresses(hop->lookup, h);
	}
}

/* A domain without exchangers is its own. */
static void
take_domain(struct hop *hop)
{
	struct table_host *h;

	if (exchangers_is_us(hop->is.host, hop->lookup->own_name)) {
		note_circle(hop);
		return;
	}
	h = add_host(hop, hop->is.host, 0);
	if (h != NULL)
		ask_addresses(hop->lookup, h);
}

static void
has_exchangers(void *data, enum dns_answer answer,
    const struct dns_record *records, size_t n, const char *why)
{
	struct hop *hop = data;
	struct table *table = &hop->lookup->table;

	switch (answer) {
	case DNS_FOUND:
		take_exchangers(hop, records, n);
		break;
	case DNS_NO_DATA:
		take_domain(hop);
		break;
	case DNS_NO_NAME:
		table_note(
		    table, "5.1.2", "there is no domain %s", hop->is.host);
		break;
	case DNS_FAILED:
		table_note(table, "4.4.3",
		    "the mail exchangers of %s cannot be found out now: %s",
		    hop->is.host, why);
		break;
	}
	one_less(hop->lookup);
}

static void
take_address(struct hop *hop)
{
	struct table_host *h = add_host(hop, hop->is.host, 0);
	const struct sockaddr_storage *from = &hop->is.address;
	struct dns_record record = { 0 };
	bool is_4 = from->ss_family == AF_INET;

	if (h == NULL)
		return;
	if (is_4)
		memcpy(record.address,
		    &((const struct sockaddr_in *)from)->sin_addr, 4);
	else
		memcpy(record.address,
		    &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	table_add_addresses(is_4 ? &h->in4 : &h->in6, &record, 1);
}

static void
ask_hop(struct hop *hop)
{
	struct lookup *l = hop->lookup;
	struct table_host *h;

	if (hop->is.is_address) {
		take_address(hop);
		return;
	}
	if (hop->is.is_mx) {
		l->pending++;
		dns_ask(l->resolver->dns, hop->is.host, DNS_MX, has_exchangers,
		    hop);
		return;
	}
	h = add_host(hop, hop->is.host, 0);
	if (h != NULL && !has_file_addresses(l->resolver->dns, h))
		ask_addresses(l, h);
}

static void
ask_hops(struct lookup *l, struct vb_str next_hops)
{
	struct vb_str word;

	for (unsigned i = 0; i < HOPS_MOST && next_hop_word(&next_hops, &word);
	     i++) {
		struct hop *hop = &l->hops[i];

		hop->lookup = l;
		hop->number = i;
		if (next_hop_parse(word, &hop->is))
			ask_hop(hop);
		else
			table_note(&l->table, "5.3.5",
			    "this is no next hop: %.*s", VB_FMT(word));
	}
	if (l->hops[0].lookup == NULL)
		table_note(&l->table, "5.3.5", "there is no next hop");
}

void
resolver_ask(struct resolver *r, struct vb_str next_hops,
    struct vb_str own_name, resolver_done *done, void *data)
{
	struct lookup *l = must_alloc(sizeof(*l));

	l->resolver = r;
	l->table.arena = arena_create();
	l->own_name = arena_copy(l->table.arena, own_name);
	l->done = done;
	l->data = data;
	l->pending = 1;
	uv_timer_init(r->loop, &l->soon);
	l->soon.data = l;
	ask_hops(l, next_hops);
	one_less(l);
}
