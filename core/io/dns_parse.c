/* The records of an answer, of which c-ares knows the octets. */
#include "core/io/dns_parse.h"

#include <ares.h>
#include <string.h>

static int
parse_mx(
    const unsigned char *octets, int n, struct dns_record *records, size_t *k)
{
	struct ares_mx_reply *list = NULL;
	int status = ares_parse_mx_reply(octets, n, &list);

	for (struct ares_mx_reply *mx = list; mx != NULL && *k < DNS_MOST;
	     mx = mx->next) {
		struct dns_record *to = &records[*k];

		if (strlen(mx->host) >= sizeof(to->host))
			continue;
		to->preference = mx->priority;
		memcpy(to->host, mx->host, strlen(mx->host) + 1);
		++*k;
	}
	ares_free_data(list);
	return status;
}

static int
parse_a(
    const unsigned char *octets, int n, struct dns_record *records, size_t *k)
{
	struct ares_addrttl found[DNS_MOST];
	int n_found = DNS_MOST;
	int status = ares_parse_a_reply(octets, n, NULL, found, &n_found);

	for (; status == ARES_SUCCESS && *k < (size_t)n_found; ++*k)
		memcpy(records[*k].address, &found[*k].ipaddr, 4);
	return status;
}

static int
parse_aaaa(
    const unsigned char *octets, int n, struct dns_record *records, size_t *k)
{
	struct ares_addr6ttl found[DNS_MOST];
	int n_found = DNS_MOST;
	int status = ares_parse_aaaa_reply(octets, n, NULL, found, &n_found);

	for (; status == ARES_SUCCESS && *k < (size_t)n_found; ++*k)
		memcpy(records[*k].address, &found[*k].ip6addr, 16);
	return status;
}

int
dns_parse(enum dns_type type, const unsigned char *octets, int n,
    struct dns_record *records, size_t *k)
{
	*k = 0;
	switch (type) {
	case DNS_MX:
		return parse_mx(octets, n, records, k);
	case DNS_A:
		return parse_a(octets, n, records, k);
	case DNS_AAAA:
		return parse_aaaa(octets, n, records, k);
	}
	return ARES_ENODATA;
}
