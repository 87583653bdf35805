/* Is memory there, zeroed, aligned, and gone when it should be? */
#include "core/base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void
gives_zeroed_memory_even_of_size_0(void **state)
{
	unsigned char *p = must_alloc(100);

	(void)state;
	assert_true(is_zero(p, 100));
	p[99] = 7;
	p = must_resize(p, 1000);
	assert_int_equal(p[99], 7);
	free(p);
	p = must_alloc(0);
	assert_non_null(p);
	p = must_resize(p, 0);
	assert_non_null(p);
	free(p);
}

static void
gives_zeroed_and_aligned_memory_that_does_not_overlap(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 4000, 4032, 4033, 1,
		100000, 3 };
	enum { N = sizeof(sizes) / sizeof(sizes[0]) };
	struct arena *arena = arena_create();
	unsigned char *p[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		p[i] = arena_alloc(arena, sizes[i]);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
		assert_true(is_zero(p[i], sizes[i]));
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(p[i][j], i + 1);
	arena_destroy(arena);
}

static void
is_empty_and_zeroed_again_after_a_reset(void **state)
{
	struct arena *arena = arena_create();
	size_t size = arena_size(arena);

	(void)state;
	memset(arena_alloc(arena, 4000), 0xff, 4000);
	memset(arena_alloc(arena, 50000), 0xff, 50000);
	assert_true(arena_size(arena) > size + 50000);
	arena_reset(arena);
	assert_int_equal(arena_size(arena), size);
	assert_true(is_zero(arena_alloc(arena, 4032), 4032));
	assert_int_equal(arena_size(arena), size);
	arena_destroy(arena);
	arena_destroy(NULL);
}

static void
copies_and_prints_with_a_nul_that_does_not_count(void **state)
{
	struct arena *arena = arena_create();
	struct vb_str copy = arena_copy(arena, (struct vb_str){ "abcd", 2 });
	struct vb_str text = arena_printf(arena, "%s-%05d", "x", 42);

	(void)state;
	assert_int_equal(copy.n, 2);
	assert_string_equal(copy.p, "ab");
	assert_int_equal(text.n, 7);
	assert_string_equal(text.p, "x-00042");
	assert_string_equal(arena_string(arena, VB_STR("abc")), "abc");
	assert_string_equal(
	    arena_string(arena, (struct vb_str){ NULL, 0 }), "");
	copy = arena_copy(arena, (struct vb_str){ "a\0b", 3 });
	assert_memory_equal(copy.p, "a\0b", 4);
	arena_destroy(arena);
}

/* What did not fit where it was tried first left nothing behind. */
static void
prints_where_there_is_room_and_wipes_where_there_is_not(void **state)
{
	static const size_t lengths[] = { 0, 1, 14, 15, 16, 17, 100, 5000 };
	char long_text[5001];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const int n = (int)lengths[i];
		struct arena *arena = arena_create();
		unsigned char *last;

		last = (unsigned char *)arena_alloc(arena, 4032 - 32) + 4000;
		struct vb_str text = arena_printf(arena, "%.*s", n, long_text);
		assert_int_equal(text.n, lengths[i]);
		assert_memory_equal(text.p, long_text, text.n);
		assert_int_equal(text.p[text.n], '\0');
		if ((const char *)last != text.p)
			assert_true(is_zero(last, 32));
		assert_true(is_zero(arena_alloc(arena, 8), 8));
		arena_reset(arena);
		assert_true(is_zero(arena_alloc(arena, 4032), 4032));
		arena_destroy(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory_even_of_size_0),
		cmocka_unit_test(
		    gives_zeroed_and_aligned_memory_that_does_not_overlap),
		cmocka_unit_test(is_empty_and_zeroed_again_after_a_reset),
		cmocka_unit_test(
		    copies_and_prints_with_a_nul_that_does_not_count),
		cmocka_unit_test(
		    prints_where_there_is_room_and_wipes_where_there_is_not),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
