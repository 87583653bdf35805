/* When is what failed tried again, and when is it given up? */
#include "core/mail/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const struct retry_conf usual = {
	.first = { 5 * MINUTE },
	.most = { 4 * HOUR },
	.expire = { 5 * DAY },
	.warning = { 4 * HOUR },
};

static const int64_t arrived = 1790000000;

/* The wait after so many attempts, nothing taken off. */
static int64_t
wait_after(const struct retry_conf *conf, unsigned attempts)
{
	struct retry r = { arrived, arrived + HOUR, attempts, 0 };
	int64_t due = -1;

	assert_true(retry_next(conf, &r, &due));
	return due - r.now;
}

static void
waits_twice_as_long_each_time_up_to_the_most(void **state)
{
	static const int minutes[] = { 5, 10, 20, 40, 80, 160, 240, 240, 240 };

	(void)state;
	for (unsigned i = 0; i < N(minutes); i++)
		assert_int_equal(
		    wait_after(&usual, i + 1), minutes[i] * MINUTE);
	assert_int_equal(wait_after(&usual, 4000000000), 4 * HOUR);
	assert_int_equal(wait_after(&usual, 0), 5 * MINUTE);
}

static void
never_waits_longer_than_the_most(void **state)
{
	struct retry_conf conf = usual;

	(void)state;
	conf.most.value = MINUTE;
	assert_int_equal(wait_after(&conf, 1), MINUTE);
	assert_int_equal(wait_after(&conf, 9), MINUTE);
}

static void
takes_up_to_an_eighth_off(void **state)
{
	struct retry r = { arrived, arrived, 3, 0 };
	int64_t least = INT64_MAX, most = 0, due;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		r.random = i * 2654435761u;
		assert_true(retry_next(&usual, &r, &due));
		least = due < least ? due : least;
		most = due > most ? due : most;
	}
	assert_in_range(least - arrived, 1050, 1060);
	assert_in_range(most - arrived, 1190, 1200);
}

static void
is_always_due_later_than_now(void **state)
{
	const struct retry_conf conf = {
		.first = { 1 }, .most = { 1 }, .expire = { 10 }
	};
	struct retry r = { arrived, arrived, 1, UINT32_MAX };
	int64_t due;

	(void)state;
	while (retry_next(&conf, &r, &due)) {
		assert_true(due > r.now);
		r.now = due;
	}
	assert_int_equal(r.now, arrived + 10);
}

static void
tries_a_last_time_when_the_message_expires(void **state)
{
	struct retry r = { arrived, arrived + 5 * DAY - 1, 40, 0 };
	int64_t due = -1;

	(void)state;
	assert_true(retry_next(&usual, &r, &due));
	assert_int_equal(due, arrived + 5 * DAY);
	r.now = due;
	assert_false(retry_next(&usual, &r, &due));
	r.now = arrived + 500 * DAY;
	assert_false(retry_next(&usual, &r, &due));
}

/* The clock was set back: the wait counts from now all the same. */
static void
waits_no_longer_when_the_clock_steps_back(void **state)
{
	struct retry r = { arrived, arrived - 30 * DAY, 2, 0 };
	int64_t due = -1;

	(void)state;
	assert_true(retry_next(&usual, &r, &due));
	assert_int_equal(due, r.now + 10 * MINUTE);
	assert_false(retry_wants_warning(&usual, arrived, r.now));
}

static void
warns_when_a_message_is_late(void **state)
{
	struct retry_conf silent = usual;

	(void)state;
	silent.warning.value = 0;
	assert_false(
	    retry_wants_warning(&usual, arrived, arrived + 4 * HOUR - 1));
	assert_true(retry_wants_warning(&usual, arrived, arrived + 4 * HOUR));
	assert_false(retry_wants_warning(&silent, arrived, arrived + DAY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_twice_as_long_each_time_up_to_the_most),
		cmocka_unit_test(never_waits_longer_than_the_most),
		cmocka_unit_test(takes_up_to_an_eighth_off),
		cmocka_unit_test(is_always_due_later_than_now),
		cmocka_unit_test(tries_a_last_time_when_the_message_expires),
		cmocka_unit_test(waits_no_longer_when_the_clock_steps_back),
		cmocka_unit_test(warns_when_a_message_is_late),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
