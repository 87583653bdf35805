#ifndef CORE_IO_DNS_PARSE_H
#define CORE_IO_DNS_PARSE_H

#include "core/io/dns.h"

/* Reads the k records of one type, DNS_MOST at most, out of an answer's octets.
   A status of c-ares: ARES_EBADRESP, say, when they cannot be read. */
int dns_parse(enum dns_type type, const unsigned char *octets, int n,
    struct dns_record *records, size_t *k);

#endif
