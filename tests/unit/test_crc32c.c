/* CRC-32C against what RFC 3720 says it is, and against itself in pieces. */
#include "core/base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 67 };

/* Bit by bit, as the polynomial says. */
static uint32_t
slowly(const unsigned char *p, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void
fill(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(i * 167 + i / 7 + 3);
}

/* RFC 3720 B.4. */
static void
is_what_the_rfc_says(void **state)
{
	static const unsigned char zeros[32] = { 0 };
	static const unsigned char read_pdu[48] = { 0x01, 0xc0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0,
		0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0,
		0, 0, 0 };
	unsigned char ones[32], up[32], down[32];

	(void)state;
	for (unsigned char i = 0; i < 32; i++) {
		ones[i] = 0xff;
		up[i] = i;
		down[i] = (unsigned char)(31 - i);
	}
	assert_int_equal(crc32c(0, "", 0), 0);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa);
	assert_int_equal(crc32c(0, ones, 32), 0x62a8ab43);
	assert_int_equal(crc32c(0, up, 32), 0x46dd794e);
	assert_int_equal(crc32c(0, down, 32), 0x113fdb5c);
	assert_int_equal(crc32c(0, read_pdu, 48), 0xd9963a56);
}

static void
is_the_same_both_ways(const unsigned char *p, size_t n)
{
	assert_int_equal(crc32c(0, p, n), slowly(p, n));
	assert_int_equal(crc32c_by_tables(0, p, n), slowly(p, n));
}

static void
is_the_same_bit_by_bit_at_any_length_and_place(void **state)
{
	unsigned char octets[LENGTH + 8];

	(void)state;
	fill(octets, sizeof(octets));
	for (size_t at = 0; at < 8; at++)
		for (size_t n = 0; n <= LENGTH; n++)
			is_the_same_both_ways(octets + at, n);
}

static void
is_the_same_however_it_is_chopped(void **state)
{
	unsigned char octets[LENGTH];

	(void)state;
	fill(octets, sizeof(octets));
	for (size_t i = 0; i <= LENGTH; i++)
		for (size_t k = i; k <= LENGTH; k++) {
			uint32_t crc = crc32c(0, octets, i);

			crc = crc32c(crc, octets + i, k - i);
			crc = crc32c(crc, octets + k, LENGTH - k);
			assert_int_equal(crc, slowly(octets, LENGTH));
		}
}

static void
notices_each_bit(void **state)
{
	unsigned char octets[LENGTH];
	uint32_t right;

	(void)state;
	fill(octets, sizeof(octets));
	right = crc32c(0, octets, LENGTH);
	for (size_t bit = 0; bit < LENGTH * 8; bit++) {
		unsigned char mask = (unsigned char)(1u << bit % 8);

		octets[bit / 8] ^= mask;
		assert_int_not_equal(crc32c(0, octets, LENGTH), right);
		octets[bit / 8] ^= mask;
	}
}

static void *
ask(void *data)
{
	uint32_t *crc = data;

	*crc = crc32c(0, "123456789", 9);
	return NULL;
}

static void
may_be_asked_in_many_threads(void **state)
{
	pthread_t threads[8];
	uint32_t crcs[8];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, ask, &crcs[i]), 0);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(crcs[i], 0xe3069283);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(may_be_asked_in_many_threads),
		cmocka_unit_test(is_what_the_rfc_says),
		cmocka_unit_test(
		    is_the_same_bit_by_bit_at_any_length_and_place),
		cmocka_unit_test(is_the_same_however_it_is_chopped),
		cmocka_unit_test(notices_each_bit),
	};

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
