#ifndef CORE_BASE_NETWORK_H
#define CORE_BASE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/option.h>
#include <verbena/str.h>

/* An IPv6 address; IPv4 as ::ffff:a.b.c.d. */
struct address16 {
	uint8_t octets[16];
};

/* "10.0.0.0/8", "::1", "192.0.2.1". NULL, or what is wrong with it. */
const char *network_parse(struct vb_str text, struct vb_network *network);

bool network_has(const struct vb_network *network, const struct address16 *a);

#endif
