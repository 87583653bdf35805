/* Do any octets come back from a line, and never make another? */
#include "core/base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static void
writes_words_that_people_can_read(void **state)
{
	static const struct {
		struct vb_str plain;
		const char *word;
	} cases[] = {
		{ { "smith@lab.test", 14 }, "smith@lab.test" },
		{ { "", 0 }, "-" },
		{ { "-", 1 }, "%2D" },
		{ { "--", 2 }, "--" },
		{ { "a b", 3 }, "a%20b" },
		{ { "\"a\\%\"@x", 7 }, "\"a\\%25\"@x" },
		{ { "a\r\nb\0\t\x7f\xc3\xbc", 9 }, "a%0D%0Ab%00%09%7F%C3%BC" },
	};
	struct buffer b = { 0 };

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		b.n = 0;
		words_add(&b, cases[i].plain);
		buffer_add(&b, "", 1);
		assert_string_equal(b.p, cases[i].word);
	}
	buffer_finish(&b);
}

static void
writes_a_rest_with_its_spaces(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	words_add_rest(&b, VB_STR("550 No such\r\nuser, 100 % sure"));
	buffer_add(&b, "", 1);
	assert_string_equal(b.p, "550 No such%0D%0Auser, 100 %25 sure");
	b.n = 0;
	words_add_rest(&b, VB_STR("-"));
	assert_true(vb_str_eq(buffer_str(&b), VB_STR("-")));
	b.n = 0;
	words_add_rest(&b, VB_STR(""));
	assert_int_equal(b.n, 0);
	buffer_finish(&b);
}

/* Each octet alone and between others. */
static void
reads_back_every_octet(void **state)
{
	struct arena *arena = arena_create();
	struct buffer b = { 0 };
	struct vb_str plain;

	(void)state;
	for (int c = 0; c < 256; c++) {
		const char text[] = { (char)c, 'a', (char)c };

		for (size_t n = 1; n <= 3; n++) {
			struct vb_str want = { text, n };

			b.n = 0;
			words_add(&b, want);
			for (size_t i = 0; i < b.n; i++)
				assert_in_range(b.p[i], 0x21, 0x7e);
			assert_true(words_read(arena, buffer_str(&b), &plain));
			assert_true(vb_str_eq(plain, want));
			b.n = 0;
			words_add_rest(&b, want);
			assert_true(
			    words_read_rest(arena, buffer_str(&b), &plain));
			assert_true(vb_str_eq(plain, want));
		}
	}
	buffer_finish(&b);
	arena_destroy(arena);
}

static void
refuses_what_was_never_written(void **state)
{
	static const char *const words[] = { "", "a b", " ", "%", "a%", "a%2",
		"%2d", "%G0", "%0G", "%%25", "a\n", "\t", "\x7f", "\xc3\xbc" };
	struct arena *arena = arena_create();
	struct vb_str plain;

	(void)state;
	for (size_t i = 0; i < N(words); i++)
		assert_false(words_read(arena, vb_str(words[i]), &plain));
	arena_destroy(arena);
}

static void
takes_words_off_a_line(void **state)
{
	static const char *const words[] = { "a", "", "bc", "", "" };
	struct vb_str line = VB_STR("a  bc ");

	(void)state;
	for (size_t i = 0; i < N(words); i++)
		assert_true(vb_str_eq(words_take(&line), vb_str(words[i])));
	assert_int_equal(line.n, 0);
}

static void
reads_numbers_up_to_the_most(void **state)
{
	static const struct {
		const char *word;
		uint64_t most, value;
		bool is_good;
	} cases[] = {
		{ "0", 0, 0, true },
		{ "1", 0, 0, false },
		{ "000017", 17, 17, true },
		{ "18", 17, 0, false },
		{ "9", 8, 0, false },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "99999999999999999999", UINT64_MAX, 0, false },
		{ "", 9, 0, false },
		{ "-1", 9, 0, false },
		{ "+1", 9, 0, false },
		{ "1 ", 9, 0, false },
		{ "0x1", 99, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		uint64_t value = 4711;
		bool is_good = words_read_number(
		    vb_str(cases[i].word), cases[i].most, &value);

		assert_int_equal(is_good, cases[i].is_good);
		if (is_good)
			assert_true(value == cases[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_words_that_people_can_read),
		cmocka_unit_test(writes_a_rest_with_its_spaces),
		cmocka_unit_test(reads_back_every_octet),
		cmocka_unit_test(refuses_what_was_never_written),
		cmocka_unit_test(takes_words_off_a_line),
		cmocka_unit_test(reads_numbers_up_to_the_most),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
