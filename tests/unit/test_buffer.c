/* Do buffers grow, shrink and escape? */
#include "core/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void
assert_holds(const struct buffer *b, struct vb_str text)
{
	assert_int_equal(b->n, text.n);
	if (text.n > 0)
		assert_memory_equal(b->p, text.p, text.n);
}

static void
adds_at_the_end(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	buffer_add(&b, NULL, 0);
	assert_holds(&b, VB_STR(""));
	buffer_add(&b, "a\0b", 3);
	buffer_add_str(&b, VB_STR("cd"));
	buffer_printf(&b, "%d%s", 42, "x");
	assert_holds(&b, VB_STR("a\0bcd42x"));
	assert_true(vb_str_eq(buffer_str(&b), VB_STR("a\0bcd42x")));
	buffer_finish(&b);
	assert_null(b.p);
	assert_int_equal(b.n + b.room, 0);
	buffer_finish(&b);
}

static void
grows_as_far_as_is_needed(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		buffer_printf(&b, "%04d", i);
	assert_int_equal(b.n, 4000);
	assert_memory_equal(b.p + 3996, "0999", 4);
	memset(buffer_room(&b, 100000), 'x', 100000);
	assert_int_equal(b.n, 4000);
	b.n += 100000;
	assert_memory_equal(b.p + 3996, "0999xxxx", 8);
	buffer_finish(&b);
}

static void
drops_from_the_beginning(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	buffer_drop(&b, 0);
	buffer_add_str(&b, VB_STR("abcdef"));
	buffer_drop(&b, 0);
	buffer_drop(&b, 2);
	assert_holds(&b, VB_STR("cdef"));
	buffer_drop(&b, 4);
	assert_holds(&b, VB_STR(""));
	buffer_finish(&b);
}

static void
escapes_all_that_could_disturb_a_line(void **state)
{
	static const struct {
		struct vb_str plain, escaped;
	} cases[] = {
		{ { "", 0 }, { "", 0 } },
		{ { "plain ~\"'", 9 }, { "plain ~\"'", 9 } },
		{ { "a\r\nb\tc", 6 }, { "a\\r\\nb\\tc", 9 } },
		{ { "\\", 1 }, { "\\\\", 2 } },
		{ { "\0\x1f\x7f", 3 }, { "\\x00\\x1F\\x7F", 12 } },
		{ { "\xc3\xa9\xff", 3 }, { "\\xC3\\xA9\\xFF", 12 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b = { 0 };

		buffer_add_escaped(&b, cases[i].plain);
		assert_holds(&b, cases[i].escaped);
		buffer_finish(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_at_the_end),
		cmocka_unit_test(grows_as_far_as_is_needed),
		cmocka_unit_test(drops_from_the_beginning),
		cmocka_unit_test(escapes_all_that_could_disturb_a_line),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
