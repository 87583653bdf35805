/* Are sizes and times read, and written, as people do? */
#include "core/module/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum { K = 1 << 10, M = 1 << 20, G = 1 << 30 };

static void
reads_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t octets;
	} cases[] = {
		{ "0", 0 },
		{ "512", 512 },
		{ "512B", 512 },
		{ "64k", 64 * K },
		{ "64K", 64 * K },
		{ "64kB", 64 * K },
		{ "25M", 25 * M },
		{ "25mb", 25 * M },
		{ "1G", G },
		{ "007", 7 },
		{ "9223372036854775807", INT64_MAX },
		{ "8589934591G", INT64_C(8589934591) * G },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		int64_t octets = -1;

		assert_null(units_size(vb_str(cases[i].text), &octets));
		assert_true(octets == cases[i].octets);
	}
}

static void
refuses_what_is_no_size(void **state)
{
	static const char *const texts[] = { "", "k", "25X", "25 M", " 25",
		"25M ", "-1", "+1", "2.5M", "25Mk", "25BB", "25Bk", "0x10" };
	static const char *const large[] = { "9223372036854775808",
		"8589934592G", "99999999999999999999999k" };
	int64_t octets = 17;

	(void)state;
	for (size_t i = 0; i < N(texts); i++)
		assert_string_equal(units_size(vb_str(texts[i]), &octets),
		    "is not a size (such as 512, 64k, 25M, 1G)");
	for (size_t i = 0; i < N(large); i++)
		assert_string_equal(
		    units_size(vb_str(large[i]), &octets), "is too large");
	assert_true(octets == 17);
}

static void
reads_times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "90s", 90 },
		{ "5m", 300 },
		{ "5M", 300 },
		{ "1h30m", 5400 },
		{ "4d", 345600 },
		{ "2w", 1209600 },
		{ "1w1d1h1m1s", 694861 },
		{ "90m5s", 5405 },
		{ "9223372036854775807s", INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		int64_t seconds = -1;

		assert_null(units_time(vb_str(cases[i].text), &seconds));
		assert_true(seconds == cases[i].seconds);
	}
}

static void
refuses_what_is_no_time(void **state)
{
	static const char *const texts[] = { "", "s", "5x", "30ms", "5 m",
		"-5s", "1.5h", "30m1h", "1h1h", "1h,30m", "5m " };
	static const char *const bare[] = { "30", "00", "1h30",
		"99999999999999999999" };
	static const char *const large[] = { "9223372036854775808s",
		"15250284452472w", "15250284452471w7d" };
	int64_t seconds = 17;

	(void)state;
	for (size_t i = 0; i < N(texts); i++)
		assert_string_equal(units_time(vb_str(texts[i]), &seconds),
		    "is not a time (such as 30s, 5m, 1h30m, 4d)");
	for (size_t i = 0; i < N(bare); i++)
		assert_string_equal(units_time(vb_str(bare[i]), &seconds),
		    "has no unit (write \"30s\", \"5m\", \"1h\" or \"4d\")");
	for (size_t i = 0; i < N(large); i++)
		assert_string_equal(
		    units_time(vb_str(large[i]), &seconds), "is too long");
	assert_true(seconds == 17);
}

static void
reads_bare_numbers(void **state)
{
	static const char *const texts[] = { "", "-", "1k", "+1", "1 ",
		"9223372036854775808", "--1" };
	int64_t value;

	(void)state;
	assert_true(units_number(VB_STR("-17"), &value) && value == -17);
	assert_true(units_number(VB_STR("0"), &value) && value == 0);
	for (size_t i = 0; i < N(texts); i++)
		assert_false(units_number(vb_str(texts[i]), &value));
}

static void
writes_the_largest_unit_that_is_exact(void **state)
{
	static const struct {
		void (*print)(struct buffer *b, int64_t value);
		int64_t value;
		const char *text;
	} cases[] = {
		{ units_print_size, 0, "0" },
		{ units_print_size, 1000, "1000" },
		{ units_print_size, K, "1k" },
		{ units_print_size, 1536, "1536" },
		{ units_print_size, 25 * M, "25M" },
		{ units_print_size, G, "1G" },
		{ units_print_time, 0, "0" },
		{ units_print_time, 90, "90s" },
		{ units_print_time, 5400, "90m" },
		{ units_print_time, 86400, "1d" },
		{ units_print_time, 604800, "1w" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct buffer b = { 0 };

		cases[i].print(&b, cases[i].value);
		buffer_add(&b, "", 1);
		assert_string_equal(b.p, cases[i].text);
		buffer_finish(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_sizes),
		cmocka_unit_test(refuses_what_is_no_size),
		cmocka_unit_test(reads_times),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(reads_bare_numbers),
		cmocka_unit_test(writes_the_largest_unit_that_is_exact),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
