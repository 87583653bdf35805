/* Networks: which addresses belong together. */
#include "core/base/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { MAPPED_BITS = 96 };

/* How the IPv4-mapped addresses begin. */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
bit(const uint8_t *octets, unsigned i)
{
	return octets[i / 8] >> (7 - i % 8) & 1;
}

static bool
has_host_bits(const struct vb_network *network)
{
	for (unsigned i = network->bits; i < 128; i++)
		if (bit(network->address, i))
			return true;
	return false;
}

/* False when text is no number of at most `most`. */
static bool
parse_bits(const char *text, unsigned most, unsigned *bits)
{
	unsigned value = 0;

	if (*text == '\0' || strlen(text) > 3)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned)(*text - '0');
	}
	*bits = value;
	return value <= most;
}

static bool
parse_address(const char *text, struct vb_network *network, unsigned *base)
{
	if (inet_pton(AF_INET, text, network->address + 12) == 1) {
		memcpy(network->address, mapped, sizeof(mapped));
		*base = MAPPED_BITS;
		return true;
	}
	*base = 0;
	return inet_pton(AF_INET6, text, network->address) == 1;
}

const char *
network_parse(struct vb_str text, struct vb_network *network)
{
	char copy[64];
	char *slash;
	unsigned base, bits;

	if (text.n >= sizeof(copy) || memchr(text.p, '\0', text.n) != NULL)
		return "is not a network";
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	*network = (struct vb_network){ 0 };
	if (!parse_address(copy, network, &base))
		return "is not a network";
	bits = 128 - base;
	if (slash != NULL && !parse_bits(slash + 1, 128 - base, &bits))
		return "has a prefix length that is not one";
	network->bits = base + bits;
	if (has_host_bits(network))
		return "has bits set behind its prefix";
	return NULL;
}

static bool
is_mapped(const struct address16 *a)
{
	return memcmp(a->octets, mapped, sizeof(mapped)) == 0;
}

bool
network_has(const struct vb_network *network, const struct address16 *a)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	/* "::/0" is all of IPv6; IPv4 is not part of it. */
	if (network->bits < MAPPED_BITS && is_mapped(a))
		return false;
	if (memcmp(network->address, a->octets, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return (network->address[whole] ^ a->octets[whole]) >> (8 - rest) == 0;
}
