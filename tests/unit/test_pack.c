/* Does what is packed come back, and is what is cut refused? */
#include "core/base/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct unpack
begin(const struct buffer *b, size_t n)
{
	return (struct unpack){ .p = b->p, .n = n };
}

static void
brings_back_what_was_packed(void **state)
{
	struct buffer b = { 0 };
	struct unpack u;

	(void)state;
	pack_number(&b, 0);
	pack_number(&b, UINT64_MAX);
	pack_str(&b, VB_STR("a\n\0b"));
	pack_str(&b, VB_STR(""));
	pack_str(&b, (struct vb_str){ NULL, 0 });
	pack_number(&b, 17);
	u = begin(&b, b.n);
	assert_true(unpack_number(&u) == 0);
	assert_true(unpack_number(&u) == UINT64_MAX);
	assert_true(vb_str_eq(unpack_str(&u), VB_STR("a\n\0b")));
	assert_int_equal(unpack_str(&u).n, 0);
	assert_int_equal(unpack_str(&u).n, 0);
	assert_false(unpack_is_done(&u));
	assert_true(unpack_number(&u) == 17);
	assert_true(unpack_is_done(&u));
	buffer_finish(&b);
}

static void
notices_wherever_it_was_cut(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	pack_str(&b, VB_STR("abc"));
	pack_number(&b, 17);
	for (size_t n = 0; n < b.n; n++) {
		struct unpack u = begin(&b, n);

		unpack_str(&u);
		assert_true(unpack_number(&u) == 0);
		assert_true(u.bad);
		assert_false(unpack_is_done(&u));
	}
	buffer_finish(&b);
}

static void
reads_nothing_more_once_something_did_not_fit(void **state)
{
	static const uint64_t lengths[] = { 9, UINT64_MAX, UINT64_MAX - 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buffer b = { 0 };
		struct unpack u;

		pack_number(&b, lengths[i]);
		pack_number(&b, 17);
		u = begin(&b, b.n);
		assert_int_equal(unpack_str(&u).n, 0);
		assert_true(u.bad);
		assert_true(unpack_number(&u) == 0);
		assert_int_equal(unpack_str(&u).n, 0);
		assert_false(unpack_is_done(&u));
		buffer_finish(&b);
	}
}

static void
is_not_done_while_something_is_left(void **state)
{
	struct buffer b = { 0 };
	struct unpack u;

	(void)state;
	pack_number(&b, 1);
	buffer_add(&b, "x", 1);
	u = begin(&b, b.n);
	assert_true(unpack_number(&u) == 1);
	assert_false(u.bad);
	assert_false(unpack_is_done(&u));
	buffer_finish(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brings_back_what_was_packed),
		cmocka_unit_test(notices_wherever_it_was_cut),
		cmocka_unit_test(reads_nothing_more_once_something_did_not_fit),
		cmocka_unit_test(is_not_done_while_something_is_left),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
