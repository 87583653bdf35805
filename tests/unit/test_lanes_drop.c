/* Lanes: what waits can be taken out again, and the rest goes on. */
#include "core/mail/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { MOST = 8 };

static struct lanes lanes;
static struct delivery_due dues[MOST], *taken[MOST];

static int
start(void **state)
{
	(void)state;
	lanes_open(&lanes, 1);
	memset(dues, 0, sizeof(dues));
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	lanes_finish(&lanes);
	return 0;
}

static size_t
take(void)
{
	const struct lanes_load load = {
		.to = taken, .most = MOST, .weight = SIZE_MAX / 2, .mixed = true
	};

	return lanes_take(&lanes, &load);
}

static void
put(const char *mailbox, struct delivery_due *d)
{
	const struct lane_name name = {
		.mailbox = vb_str(mailbox), .most = 1, .longest = MOST
	};

	lanes_put(&lanes, &name, d, false);
}

static void
put_three(void)
{
	for (int i = 0; i < 3; i++)
		put("a", &dues[i]);
}

static void
takes_out_the_first_the_middle_and_the_last(void **state)
{
	(void)state;
	for (int gone = 0; gone < 3; gone++) {
		size_t n = 0;

		put_three();
		assert_true(lanes_drop(&dues[gone]));
		assert_null(dues[gone].lane);
		assert_int_equal(lanes.n, 2);
		put("a", &dues[3]);
		assert_int_equal(take(), 3);
		for (int i = 0; i < 4; i++)
			if (i != gone)
				assert_ptr_equal(taken[n++], &dues[i]);
		lanes_back(taken[0]->lane, true);
	}
	assert_int_equal(lanes.by_key.n, 0);
}

static void
an_emptied_lane_has_no_turn_and_is_gone(void **state)
{
	(void)state;
	put("a", &dues[0]);
	put("b", &dues[1]);
	put("c", &dues[2]);
	assert_true(lanes_drop(&dues[1]));
	assert_true(lanes_drop(&dues[2]));
	assert_false(lanes_are_still(&lanes));
	assert_int_equal(lanes.by_key.n, 1);
	put("d", &dues[3]);
	assert_int_equal(take(), 2);
	assert_ptr_equal(taken[0], &dues[0]);
	assert_ptr_equal(taken[1], &dues[3]);
	lanes_back(dues[0].lane, true);
	lanes_back(dues[3].lane, true);
}

static void
the_last_of_all_leaves_nothing_to_take(void **state)
{
	(void)state;
	put("a", &dues[0]);
	assert_true(lanes_drop(&dues[0]));
	assert_int_equal(take(), 0);
	put("a", &dues[0]);
	assert_int_equal(take(), 1);
	lanes_back(dues[0].lane, true);
}

static void
a_lane_at_work_stays_when_it_is_emptied(void **state)
{
	(void)state;
	put("a", &dues[0]);
	assert_int_equal(take(), 1);
	put("a", &dues[1]);
	assert_true(lanes_drop(&dues[1]));
	assert_false(lanes_drop(&dues[0])); /* it is going */
	assert_int_equal(lanes.by_key.n, 1);
	lanes_back(dues[0].lane, true);
	assert_int_equal(lanes.by_key.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    takes_out_the_first_the_middle_and_the_last, start, finish),
		cmocka_unit_test_setup_teardown(
		    an_emptied_lane_has_no_turn_and_is_gone, start, finish),
		cmocka_unit_test_setup_teardown(
		    the_last_of_all_leaves_nothing_to_take, start, finish),
		cmocka_unit_test_setup_teardown(
		    a_lane_at_work_stays_when_it_is_emptied, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
