#ifndef CORE_IO_DNS_H
#define CORE_IO_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include <verbena/option.h>

/*
 * Questions to name servers, on a loop: c-ares with its sockets and timers in
 * libuv's hands. Nothing blocks.
 */
struct dns;

enum dns_type { DNS_A = 1, DNS_MX = 15, DNS_AAAA = 28 };

/* How a question was answered. */
enum dns_answer {
	DNS_FOUND,
	DNS_NO_DATA, /* the name is there, and has none of this type */
	DNS_NO_NAME, /* there is no such name */
	DNS_FAILED,  /* that could not be found out; `why` says more */
};

struct dns_record {
	unsigned preference;       /* MX */
	char host[256];            /* MX; empty is the root */
	unsigned char address[16]; /* A: the first 4 */
};

enum { DNS_MOST = 32 }; /* records of an answer that are looked at */

/* May be called from within dns_ask(). */
typedef void dns_done(void *data, enum dns_answer answer,
    const struct dns_record *records, size_t n, const char *why);

/* "192.0.2.1:53", "[2001:db8::1]:53"; none: those of the machine. NULL when
   that cannot be. */
struct dns *dns_create(uv_loop_t *loop, const struct vb_strings *servers);

/* What was asked and not answered ends with DNS_FAILED. Takes NULL. */
void dns_destroy(struct dns *dns);

void dns_ask(struct dns *dns, const char *name, enum dns_type type,
    dns_done *done, void *data);

/* The same from the machine's hosts file, now: A or AAAA. */
size_t dns_hosts_file(struct dns *dns, const char *name, enum dns_type type,
    struct dns_record *records);

#endif
