/*
 * CRC-32C, eight octets at a time: by the processor where it has an instruction
 * for that, else by eight tables, the k-th of which tells what an octet does
 * that is followed by k others. They are made when first used.
 */
#include "core/base/crc32c.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum { SLICES = 8 };
static const uint32_t polynomial = 0x82f63b78; /* its bits reversed */

static uint32_t table[SLICES][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint32_t (*compute)(uint32_t crc, const unsigned char *p, size_t n);

static uint32_t
bits(uint32_t crc)
{
	for (int bit = 0; bit < 8; bit++)
		crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
	return crc;
}

static void
make(void)
{
	for (uint32_t i = 0; i < 256; i++)
		table[0][i] = bits(i);
	for (int k = 1; k < SLICES; k++)
		for (uint32_t i = 0; i < 256; i++)
			table[k][i] = table[k - 1][i] >> 8 ^
			              table[0][table[k - 1][i] & 0xff];
}

/* Four octets, the first the lowest. */
static uint32_t
word(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint32_t
eight(uint32_t crc, const unsigned char *p)
{
	uint32_t a = crc ^ word(p), b = word(p + 4);

	return table[7][a & 0xff] ^ table[6][a >> 8 & 0xff] ^
	       table[5][a >> 16 & 0xff] ^ table[4][a >> 24] ^
	       table[3][b & 0xff] ^ table[2][b >> 8 & 0xff] ^
	       table[1][b >> 16 & 0xff] ^ table[0][b >> 24];
}

static uint32_t
by_tables(uint32_t crc, const unsigned char *p, size_t n)
{
	for (; n >= SLICES; p += SLICES, n -= SLICES)
		crc = eight(crc, p);
	for (; n > 0; p++, n--)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return crc;
}

#ifdef __x86_64__
static bool
has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const unsigned char *p, size_t n)
{
	uint64_t wide = crc, eight;

	for (; n >= sizeof(eight); p += sizeof(eight), n -= sizeof(eight)) {
		memcpy(&eight, p, sizeof(eight));
		wide = __builtin_ia32_crc32di(wide, eight);
	}
	crc = (uint32_t)wide;
	for (; n > 0; p++, n--)
		crc = __builtin_ia32_crc32qi(crc, *p);
	return crc;
}
#else
static bool
has_instruction(void)
{
	return false;
}

static uint32_t
by_instruction(uint32_t crc, const unsigned char *p, size_t n)
{
	return by_tables(crc, p, n);
}
#endif

static void
choose(void)
{
	compute = has_instruction() ? by_instruction : by_tables;
	make();
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t n)
{
	pthread_once(&once, choose);
	return ~compute(~crc, bytes, n);
}

uint32_t
crc32c_by_tables(uint32_t crc, const void *bytes, size_t n)
{
	pthread_once(&once, choose);
	return ~by_tables(~crc, bytes, n);
}
