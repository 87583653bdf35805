/* The schedule: some are due at once, some are taken out. */
#include "core/mail/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANY = 1000 };

/* Ids 0 to MANY-1, due in an order that is none. */
static struct schedule
filled(void)
{
	struct schedule s = { 0 };
	char id[SCHEDULE_ID];

	for (int i = 0; i < MANY; i++) {
		snprintf(id, sizeof(id), "%013d", i);
		schedule_add(&s, vb_str(id), 1 + (i * 7919) % MANY);
	}
	return s;
}

/* Takes all, which must come in order; how many there were. */
static size_t
drain(struct schedule *s, bool seen[MANY])
{
	struct scheduled next;
	int64_t last = 0;
	size_t n = 0;

	for (; schedule_take(s, INT64_MAX - 1, &next); n++) {
		assert_true(next.due >= last);
		last = next.due;
		assert_false(seen[atoi(next.id)]);
		seen[atoi(next.id)] = true;
	}
	return n;
}

static void
those_that_are_named_are_due_first(void **state)
{
	struct schedule s = filled();
	char ids[MANY / 5 + 1][SCHEDULE_ID] = { 0 };
	bool seen[MANY] = { false };
	struct scheduled next;

	(void)state;
	for (int i = 0; i < MANY / 5; i++)
		snprintf(ids[i], sizeof(ids[i]), "%013d", i * 5);
	snprintf(ids[MANY / 5], sizeof(ids[0]), "Z");
	assert_int_equal(
	    schedule_hurry(&s, (const char(*)[SCHEDULE_ID])ids, MANY / 5 + 1),
	    MANY / 5);
	for (int i = 0; i < MANY / 5; i++) {
		assert_true(schedule_take(&s, 0, &next));
		assert_int_equal(atoi(next.id) % 5, 0);
	}
	assert_false(schedule_take(&s, 0, &next));
	assert_int_equal(drain(&s, seen), MANY - MANY / 5);
	schedule_finish(&s);
}

static void
nobody_named_changes_nothing(void **state)
{
	struct schedule s = filled();
	struct scheduled next;

	(void)state;
	assert_int_equal(schedule_hurry(&s, NULL, 0), 0);
	assert_false(schedule_take(&s, 0, &next));
	schedule_finish(&s);
}

static void
what_is_taken_out_never_comes_and_the_rest_stays_in_order(void **state)
{
	struct schedule s = filled();
	bool seen[MANY] = { false };
	char id[SCHEDULE_ID];

	(void)state;
	for (int i = 0; i < MANY; i += 3) {
		snprintf(id, sizeof(id), "%013d", i);
		assert_true(schedule_remove(&s, vb_str(id)));
		assert_false(schedule_remove(&s, vb_str(id)));
	}
	assert_int_equal(drain(&s, seen), MANY - (MANY + 2) / 3);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(seen[i], i % 3 != 0);
	assert_false(schedule_remove(&s, VB_STR("0000000000000")));
	schedule_finish(&s);
}

static void
what_was_due_before_all_else_stays_so(void **state)
{
	static const char ids[][SCHEDULE_ID] = { "0000000000007", "Y", "Z" };
	struct schedule s = filled();
	struct scheduled next;

	(void)state;
	schedule_add(&s, VB_STR("Z"), -2);
	schedule_add(&s, VB_STR("Y"), -1);
	assert_int_equal(schedule_hurry(&s, ids, 3), 3);
	schedule_flush(&s);
	assert_true(schedule_take(&s, 0, &next));
	assert_string_equal(next.id, "Z");
	assert_true(next.due == -2);
	assert_true(schedule_take(&s, 0, &next));
	assert_string_equal(next.id, "Y");
	assert_true(schedule_take(&s, 0, &next));
	assert_true(next.due == 0);
	schedule_finish(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_that_are_named_are_due_first),
		cmocka_unit_test(nobody_named_changes_nothing),
		cmocka_unit_test(
		    what_is_taken_out_never_comes_and_the_rest_stays_in_order),
		cmocka_unit_test(what_was_due_before_all_else_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
