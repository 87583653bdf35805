/* The records of an answer, of which c-ares knows the octets. */
#include "core/io/dns_parse.h"

#include <ares.h>
#include <string.h>

static size_t
parse_mx(const unsigned char *octets, int n, struct dns_record *records)
{
	struct ares_mx_reply *list = NULL;
	size_t k = 0;

	if (ares_parse_mx_reply(octets, n, &list) != ARES_SUCCESS)
		return 0;
	for (struct ares_mx_reply *mx = list; mx != NULL && k < DNS_MOST;
	     mx = mx->next) {
		struct dns_record *to = &records[k];

		if (strlen(mx->host) >= sizeof(to->host))
			continue;
		to->preference = mx->priority;
		memcpy(to->host, mx->host, strlen(mx->host) + 1);
		k++;
	}
	ares_free_data(list);
	return k;
}

static size_t
parse_a(const unsigned char *octets, int n, struct dns_record *records)
{
	struct ares_addrttl found[DNS_MOST];
	int k = DNS_MOST;

	if (ares_parse_a_reply(octets, n, NULL, found, &k) != ARES_SUCCESS)
		return 0;
	for (int i = 0; i < k; i++)
		memcpy(records[i].address, &found[i].ipaddr, 4);
	return (size_t)k;
}

static size_t
parse_aaaa(const unsigned char *octets, int n, struct dns_record *records)
{
	struct ares_addr6ttl found[DNS_MOST];
	int k = DNS_MOST;

	if (ares_parse_aaaa_reply(octets, n, NULL, found, &k) != ARES_SUCCESS)
		return 0;
	for (int i = 0; i < k; i++)
		memcpy(records[i].address, &found[i].ip6addr, 16);
	return (size_t)k;
}

size_t
dns_parse(enum dns_type type, const unsigned char *octets, int n,
    struct dns_record *records)
{
	switch (type) {
	case DNS_MX:
		return parse_mx(octets, n, records);
	case DNS_A:
		return parse_a(octets, n, records);
	case DNS_AAAA:
		return parse_aaaa(octets, n, records);
	}
	return 0;
}
