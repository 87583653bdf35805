/* Turns: rings in rings, of those that may go. */
#include "core/mail/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { RINGS = 3, TURNS = 3 };

static struct turns all, rings[RINGS];
static struct turn turns[RINGS][TURNS];

static int
start(void **state)
{
	(void)state;
	memset(&all, 0, sizeof(all));
	memset(rings, 0, sizeof(rings));
	memset(turns, 0, sizeof(turns));
	for (int i = 0; i < RINGS; i++) {
		rings[i].self.of = &all;
		for (int k = 0; k < TURNS; k++)
			turns[i][k].of = &rings[i];
	}
	return 0;
}

static void
a_ring_is_in_its_own_while_anything_is_in_it(void **state)
{
	(void)state;
	assert_null(all.first);
	turn_enter(&turns[1][0]);
	turn_enter(&turns[1][1]);
	assert_ptr_equal(all.first, &rings[1].self);
	assert_int_equal(all.n, 1);
	turn_leave(&turns[1][0]);
	assert_ptr_equal(all.first, &rings[1].self);
	assert_ptr_equal(rings[1].first, &turns[1][1]);
	turn_leave(&turns[1][1]);
	assert_null(all.first);
	assert_null(rings[1].self.next);
	assert_int_equal(all.n, 0);
}

static void
to_enter_or_leave_twice_is_to_do_it_once(void **state)
{
	(void)state;
	turn_enter(&turns[0][0]);
	turn_enter(&turns[0][0]);
	assert_int_equal(rings[0].n, 1);
	turn_leave(&turns[0][0]);
	turn_leave(&turns[0][0]);
	assert_int_equal(rings[0].n, 0);
	assert_int_equal(all.n, 0);
}

static void
the_last_to_enter_has_the_last_turn(void **state)
{
	(void)state;
	for (int k = 0; k < TURNS; k++)
		turn_enter(&turns[0][k]);
	for (int k = 0; k < 2 * TURNS; k++) {
		assert_ptr_equal(rings[0].first, &turns[0][k % TURNS]);
		turn_is_over(rings[0].first);
	}
}

static void
who_enters_first_has_the_next_turn_and_its_ring_too(void **state)
{
	(void)state;
	turn_enter(&turns[0][0]);
	turn_enter_first(&turns[1][0]);
	assert_ptr_equal(all.first, &rings[1].self);
	turn_enter_first(&turns[1][1]);
	assert_ptr_equal(rings[1].first, &turns[1][1]);
	turn_is_over(all.first);
	assert_ptr_equal(all.first, &rings[0].self);
}

static void
who_leaves_breaks_no_ring(void **state)
{
	(void)state;
	for (int gone = 0; gone < TURNS; gone++) {
		start(state);
		for (int k = 0; k < TURNS; k++)
			turn_enter(&turns[0][k]);
		turn_leave(&turns[0][gone]);
		for (int k = 0; k < 2 * TURNS; k++) {
			assert_ptr_not_equal(rings[0].first, &turns[0][gone]);
			assert_ptr_equal(
			    rings[0].first->next->prev, rings[0].first);
			turn_is_over(rings[0].first);
		}
		turn_is_over(&turns[0][gone]); /* says nothing now */
		assert_int_equal(rings[0].n, TURNS - 1);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ring_is_in_its_own_while_anything_is_in_it),
		TEST(to_enter_or_leave_twice_is_to_do_it_once),
		TEST(the_last_to_enter_has_the_last_turn),
		TEST(who_enters_first_has_the_next_turn_and_its_ring_too),
		TEST(who_leaves_breaks_no_ring),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
