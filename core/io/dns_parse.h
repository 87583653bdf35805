#ifndef CORE_IO_DNS_PARSE_H
#define CORE_IO_DNS_PARSE_H

#include "core/io/dns.h"

/* Reads the records of one type, DNS_MOST at most, out of an answer's octets.
   What cannot be read counts for none. */
size_t dns_parse(enum dns_type type, const unsigned char *octets, int n,
    struct dns_record *records);

#endif
