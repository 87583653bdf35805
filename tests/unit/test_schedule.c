/* The schedule gives what is due, in the order in which it is. */
#include "core/mail/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum { MANY = 20000 };

static uint32_t
chance(uint32_t most)
{
	static uint32_t seed = 7;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % most;
}

static void
add(struct schedule *s, unsigned number, int64_t due)
{
	char id[SCHEDULE_ID];

	snprintf(id, sizeof(id), "%013u", number);
	schedule_add(s, vb_str(id), due);
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
has_nothing_when_it_is_zero(void **state)
{
	struct schedule s = { 0 };
	struct scheduled next;

	(void)state;
	assert_false(schedule_take(&s, INT64_MAX, &next));
	assert_true(schedule_next(&s) == INT64_MAX);
	schedule_flush(&s);
	schedule_finish(&s);
}

static void
gives_all_in_the_order_of_their_times(void **state)
{
	static int64_t dues[MANY];
	struct schedule s = { 0 };
	struct scheduled next;

	(void)state;
	for (int64_t range = 1; range < 1000000000; range *= 30) {
		for (unsigned i = 0; i < MANY; i++) {
			dues[i] = chance((uint32_t)range) - range / 3;
			add(&s, i, dues[i]);
		}
		qsort(dues, MANY, sizeof(dues[0]), compare);
		for (unsigned i = 0; i < MANY; i++) {
			assert_true(schedule_next(&s) == dues[i]);
			assert_true(schedule_take(&s, INT64_MAX, &next));
			assert_true(next.due == dues[i]);
		}
		assert_false(schedule_take(&s, INT64_MAX, &next));
	}
	schedule_finish(&s);
}

static void
gives_each_once_and_only_what_is_due(void **state)
{
	static bool is_taken[MANY];
	struct schedule s = { 0 };
	struct scheduled next;
	unsigned added = 0, n = 0;

	(void)state;
	for (int64_t now = 0; now < 3000; now++) {
		for (unsigned k = chance(9); k > 0 && added < MANY; k--)
			add(&s, added++, now + chance(200));
		while (schedule_take(&s, now, &next)) {
			unsigned long i = strtoul(next.id, NULL, 10);

			assert_true(next.due <= now);
			assert_true(i < added && !is_taken[i]);
			is_taken[i] = true;
			n++;
		}
		assert_true(schedule_next(&s) > now);
	}
	while (schedule_take(&s, INT64_MAX, &next))
		n++;
	assert_int_equal(n, added);
	schedule_finish(&s);
}

static void
all_are_due_when_it_is_flushed(void **state)
{
	struct schedule s = { 0 };
	struct scheduled next;
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		add(&s, i, 1000 + chance(1000));
	assert_false(schedule_take(&s, 0, &next));
	schedule_flush(&s);
	add(&s, 100, 500);
	while (schedule_take(&s, 0, &next))
		n++;
	assert_int_equal(n, 100);
	assert_true(schedule_next(&s) == 500);
	schedule_finish(&s);
}

static void
keeps_ids_as_they_are(void **state)
{
	static const char *const ids[] = { "", "1", "06CK0V4Q8R2M1",
		"0123456789ABCDE" };
	struct schedule s = { 0 };
	struct scheduled next;

	(void)state;
	for (size_t i = 0; i < N(ids); i++)
		schedule_add(&s, vb_str(ids[i]), (int64_t)i);
	for (size_t i = 0; i < N(ids); i++) {
		assert_true(schedule_take(&s, INT64_MAX, &next));
		assert_string_equal(next.id, ids[i]);
	}
	schedule_finish(&s);
}

static void
a_million_take_little_memory(void **state)
{
	assert_true(sizeof(struct scheduled) <= 24);
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_nothing_when_it_is_zero),
		cmocka_unit_test(gives_all_in_the_order_of_their_times),
		cmocka_unit_test(gives_each_once_and_only_what_is_due),
		cmocka_unit_test(all_are_due_when_it_is_flushed),
		cmocka_unit_test(keeps_ids_as_they_are),
		cmocka_unit_test(a_million_take_little_memory),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
