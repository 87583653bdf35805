/* Are dates written as mail wants them, in any zone and locale? */
#include "core/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Tue, 24 Nov 2026 03:58:27 UTC */
static const int64_t moment = 1795492707;

static void
assert_local(const char *zone, int64_t seconds, const char *expected)
{
	char text[CLOCK_RFC5322_SIZE];

	setenv("TZ", zone, 1);
	tzset();
	clock_rfc5322(seconds, text);
	assert_string_equal(text, expected);
}

static void
writes_local_dates_of_rfc_5322(void **state)
{
	(void)state;
	setlocale(LC_ALL, "");
	assert_local("UTC0", moment, "Tue, 24 Nov 2026 03:58:27 +0000");
	assert_local("XXX-5:30", moment, "Tue, 24 Nov 2026 09:28:27 +0530");
	assert_local("XXX3:30", moment, "Tue, 24 Nov 2026 00:28:27 -0330");
	assert_local("XXX0:30", moment, "Tue, 24 Nov 2026 03:28:27 -0030");
	assert_local("XXX12", moment, "Mon, 23 Nov 2026 15:58:27 -1200");
	assert_local("UTC0", 0, "Thu, 1 Jan 1970 00:00:00 +0000");
	assert_local("UTC0", -1, "Wed, 31 Dec 1969 23:59:59 +0000");
	assert_local("UTC0", 951782400, "Tue, 29 Feb 2000 00:00:00 +0000");
	assert_local(
	    "UTC0", INT64_C(253402300799), "Fri, 31 Dec 9999 23:59:59 +0000");
}

static void
writes_dates_of_rfc_821_in_universal_time(void **state)
{
	char text[CLOCK_RFC5322_SIZE];

	(void)state;
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	clock_rfc821(moment, text);
	assert_string_equal(text, "24 NOV 2026 03:58:27 UT");
	clock_rfc821(0, text);
	assert_string_equal(text, "1 JAN 1970 00:00:00 UT");
}

static void
writes_dates_of_rfc_3339_to_the_millisecond(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ INT64_C(1795492707123999), "2026-11-24T03:58:27.123Z" },
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1000, "1970-01-01T00:00:00.001Z" },
		{ -1000, "1969-12-31T23:59:59.999Z" },
		{ -1000000, "1969-12-31T23:59:59.000Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[CLOCK_RFC5322_SIZE];

		clock_rfc3339(cases[i].us, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void
takes_a_time_that_has_no_date_for_one_of_1970(void **state)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char text[CLOCK_RFC5322_SIZE];

		clock_rfc5322(times[i], text);
		assert_non_null(strstr(text, " 1 Jan 1970 "));
		clock_rfc821(times[i], text);
		assert_non_null(strstr(text, "1 JAN 1970 "));
	}
}

static void
knows_what_time_it_is(void **state)
{
	int64_t steady = clock_steady_ms();
	int64_t wall = clock_wall_us() / 1000000;

	(void)state;
	assert_true(wall - time(NULL) >= -1 && wall - time(NULL) <= 1);
	assert_true(clock_steady_ms() >= steady);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_local_dates_of_rfc_5322),
		cmocka_unit_test(writes_dates_of_rfc_821_in_universal_time),
		cmocka_unit_test(writes_dates_of_rfc_3339_to_the_millisecond),
		cmocka_unit_test(takes_a_time_that_has_no_date_for_one_of_1970),
		cmocka_unit_test(knows_what_time_it_is),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
