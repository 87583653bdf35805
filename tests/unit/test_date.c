/* Are dates written as RFC 3339 has them, and read back? */
#include "core/base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static void
writes_and_reads_dates(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 68255999, "1972-02-29T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1795492707, "2026-11-24T03:58:27Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
	};
	char text[DATE_LENGTH + 1];
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		date_write(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
		assert_true(date_read(vb_str(text), &seconds));
		assert_true(seconds == cases[i].seconds);
	}
}

static void
reads_every_day_it_writes(void **state)
{
	char text[DATE_LENGTH + 1];
	int64_t seconds = -1;

	(void)state;
	for (int64_t day = 0; day < 2932896; day += 1 + day % 3) {
		date_write(day * 86400 + 4711, text);
		assert_true(date_read(vb_str(text), &seconds));
		assert_true(seconds == day * 86400 + 4711);
	}
}

static void
writes_the_nearest_second_it_can(void **state)
{
	char text[DATE_LENGTH + 1];

	(void)state;
	date_write(INT64_MIN, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	date_write(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void
refuses_what_is_no_date(void **state)
{
	static const char *const texts[] = { "", "2026-11-24T03:58:27",
		"2026-11-24T03:58:27Z ", "2026-11-24 03:58:27Z",
		"2026-11-24T03:58:27z", "2026-13-24T03:58:27Z",
		"2026-00-24T03:58:27Z", "2026-11-31T03:58:27Z",
		"2026-11-00T03:58:27Z", "2026-02-29T03:58:27Z",
		"2100-02-29T03:58:27Z", "1969-12-31T23:59:59Z",
		"2026-11-24T24:00:00Z", "2026-11-24T03:60:27Z",
		"2026-11-24T03:58:60Z", "2026-11-24T03:58:-1Z",
		"+026-11-24T03:58:27Z", "2026-11-24T03:5a:27Z" };
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < N(texts); i++)
		assert_false(date_read(vb_str(texts[i]), &seconds));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads_dates),
		cmocka_unit_test(reads_every_day_it_writes),
		cmocka_unit_test(writes_the_nearest_second_it_can),
		cmocka_unit_test(refuses_what_is_no_date),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
