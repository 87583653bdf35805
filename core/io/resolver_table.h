#ifndef CORE_IO_RESOLVER_TABLE_H
#define CORE_IO_RESOLVER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/attr.h>

#include "core/base/memory.h"
#include "core/io/dns.h"
#include "core/io/resolver.h"

/*
 * The hosts that the answers to one lookup name, with their rank: the place of
 * their next hop in the list, their preference, a number drawn by lot. Their
 * addresses come in beside them, in any order.
 */
enum { TABLE_HOSTS = 40, TABLE_ADDRESSES = 8 };

struct table_family {
	unsigned char address[TABLE_ADDRESSES][16];
	size_t n;
};

struct table_host {
	const char *name;
	unsigned hop, preference;
	uint64_t lot;
	uint16_t port;
	struct table_family in6, in4;
	bool is_unsure; /* whether it has more could not be found out */
	void *data;     /* the asker's */
};

struct table {
	struct arena *arena;
	struct table_host *hosts[TABLE_HOSTS];
	size_t n;
	struct resolved problem;
};

/* Adds a host; name, rank and port are the caller's to say. NULL: there are
   enough. */
struct table_host *table_add(struct table *t, const struct table_host *host);

void table_add_addresses(
    struct table_family *family, const struct dns_record *records, size_t n);

/* Notes why it does not work. What may work later ("4...") is told first. */
void table_note(struct table *t, const char *status, const char *fmt, ...)
    VB_PRINTF(3, 4);

/* All addresses in the order of their ranks, or what was noted. */
struct resolved table_read(struct table *t);

#endif
