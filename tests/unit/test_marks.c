/* Marks: who is served, and nobody else. */
#include "core/mail/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/pack.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct vb_str a = { "06CK0V4Q8R2M1", 13 },
			   b = { "06CK0V4Q8R2M2", 13 };

static void
add(struct marks *m, struct vb_str id, const unsigned *numbers, size_t n)
{
	struct buffer head = { 0 };

	mark_pack(&head, numbers, n);
	marks_add(m, id, buffer_str(&head));
	buffer_finish(&head);
}

static void
has_none_when_it_is_zero(void **state)
{
	struct marks m = { 0 };

	(void)state;
	assert_false(marks_has(&m, a, 0));
	marks_finish(&m);
}

static void
has_the_recipients_it_was_told(void **state)
{
	static const unsigned first[] = { 0, 7 }, second[] = { 3 };
	static const bool want[] = { 1, 0, 0, 1, 0, 0, 0, 1, 0 };
	struct marks m = { 0 };

	(void)state;
	add(&m, a, first, N(first));
	add(&m, b, second, N(second));
	add(&m, a, second, N(second));
	add(&m, a, second, N(second));
	for (unsigned i = 0; i < N(want); i++) {
		assert_int_equal(marks_has(&m, a, i), want[i]);
		assert_int_equal(marks_has(&m, b, i), i == 3);
	}
	assert_false(marks_has(&m, VB_STR("06CK0V4Q8R2M"), 0));
	marks_finish(&m);
	assert_false(marks_has(&m, a, 0));
}

static void
none_named_means_all(void **state)
{
	static const unsigned some[] = { 1 };
	struct marks m = { 0 };

	(void)state;
	add(&m, a, some, 1);
	add(&m, a, NULL, 0);
	add(&m, a, some, 1);
	add(&m, b, some, 1);
	assert_true(marks_has(&m, a, 0));
	assert_true(marks_has(&m, a, UINT_MAX));
	assert_false(marks_has(&m, b, 0));
	marks_finish(&m);
}

static void
what_cannot_be_read_marks_nobody(void **state)
{
	static const char octets[32];
	struct marks m = { 0 };
	struct buffer head = { 0 };

	(void)state;
	for (size_t n = 1; n < sizeof(octets); n++) {
		if (n % 8 == 0)
			continue;
		marks_add(&m, a, (struct vb_str){ octets, n });
		assert_false(marks_has(&m, a, 0));
		assert_false(marks_has(&m, a, 1));
	}
	pack_number(&head, (uint64_t)UINT_MAX + 1);
	pack_number(&head, UINT64_MAX);
	marks_add(&m, a, buffer_str(&head));
	assert_false(marks_has(&m, a, 0));
	assert_false(marks_has(&m, a, UINT_MAX));
	buffer_finish(&head);
	marks_finish(&m);
}

static void
has_ids_of_any_length_a_record_can_have(void **state)
{
	static const char digits[] = "0123456789ABCDEF";
	struct marks m = { 0 };

	(void)state;
	for (size_t n = 0; n <= 16; n += 2)
		add(&m, (struct vb_str){ digits, n }, NULL, 0);
	for (size_t n = 0; n <= 16; n++)
		assert_int_equal(
		    marks_has(&m, (struct vb_str){ digits, n }, 5), n % 2 == 0);
	marks_finish(&m);
}

static void
has_many(void **state)
{
	struct marks m = { 0 };
	char id[16];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		unsigned number = i % 5;

		snprintf(id, sizeof(id), "%013u", i / 2);
		add(&m, vb_str(id), &number, 1);
	}
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "%013u", i / 2);
		assert_true(marks_has(&m, vb_str(id), i % 5));
		assert_false(marks_has(&m, vb_str(id), (i + 2) % 5));
	}
	marks_finish(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_none_when_it_is_zero),
		cmocka_unit_test(has_the_recipients_it_was_told),
		cmocka_unit_test(none_named_means_all),
		cmocka_unit_test(what_cannot_be_read_marks_nobody),
		cmocka_unit_test(has_ids_of_any_length_a_record_can_have),
		cmocka_unit_test(has_many),
	};

	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
