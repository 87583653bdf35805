/* The text of a message, whole and cut in every way. */
#include "core/smtp/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/* What came of a message. */
struct outcome {
	struct buffer text;
	size_t rest; /* octets behind the end */
	bool has_ended;
	enum text_fault fault;
	uint64_t octets;
};

/* Feeds `first` octets, then `step` at a time. Each part lies in memory of just
   its size, so that the sanitizers see a look beyond it. */
static struct outcome
feed(struct vb_str all, size_t first, size_t step)
{
	struct text_reader r = { 0 };
	struct outcome o = { .rest = all.n };

	for (size_t at = 0; at < all.n && !o.has_ended;) {
		size_t n = at == 0 && first > 0 ? first : step;
		struct vb_str input, piece;
		char *part;

		n = n < all.n - at ? n : all.n - at;
		part = malloc(n);
		assert_non_null(part);
		memcpy(part, all.p + at, n);
		input = (struct vb_str){ part, n };
		while (input.n > 0 && !o.has_ended) {
			o.has_ended = text_take(&r, &input, &piece);
			buffer_add_str(&o.text, piece);
		}
		at += n - input.n;
		o.rest = all.n - at;
		free(part);
	}
	o.fault = r.fault;
	o.octets = r.octets;
	return o;
}

static void
assert_outcome(
    struct vb_str all, size_t first, size_t step, const struct outcome *want)
{
	struct outcome got = feed(all, first, step);

	if (!vb_str_eq(buffer_str(&got.text), buffer_str(&want->text)))
		fail_msg("first %zu, step %zu: \"%.*s\" is not \"%.*s\"", first,
		    step, VB_FMT(got.text), VB_FMT(want->text));
	assert_int_equal(got.has_ended, want->has_ended);
	assert_int_equal(got.rest, want->rest);
	assert_int_equal(got.fault, want->fault);
	assert_int_equal(got.octets, want->text.n);
	buffer_finish(&got.text);
}

static void
assert_outcome_however_cut(struct vb_str all, const struct outcome *want)
{
	assert_outcome(all, 0, all.n, want);
	assert_outcome(all, 0, 1, want);
	assert_outcome(all, 0, 2, want);
	assert_outcome(all, 0, 3, want);
	for (size_t first = 1; first < all.n; first++)
		assert_outcome(all, first, all.n, want);
}

struct text_case {
	struct vb_str all, text;
	size_t rest;
	enum text_fault fault;
};

static void
assert_ends(const struct text_case *c)
{
	struct outcome want = {
		.rest = c->rest, .has_ended = true, .fault = c->fault
	};

	buffer_add_str(&want.text, c->text);
	assert_outcome_however_cut(c->all, &want);
	buffer_finish(&want.text);
}

#define FOR_EACH(cases)                                                 \
	for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++) \
	assert_ends(&(cases)[i])

static void
ends_at_a_lone_dot(void **state)
{
	static const struct text_case cases[] = {
		{ TEXT(".\r\n"), TEXT(""), 0, TEXT_GOOD },
		{ TEXT(".\r\nQUIT\r\n"), TEXT(""), 6, TEXT_GOOD },
		{ TEXT("\r\n.\r\n"), TEXT("\r\n"), 0, TEXT_GOOD },
		{ TEXT("a\r\n.\r\n.\r\n"), TEXT("a\r\n"), 3, TEXT_GOOD },
		{ TEXT("A: b\r\n\r\nc\r\nd\r\n.\r\nNOOP\r\n"),
		    TEXT("A: b\r\n\r\nc\r\nd\r\n"), 6, TEXT_GOOD },
		{ TEXT("\xff\x80\t\x01\r\n.\r\n"), TEXT("\xff\x80\t\x01\r\n"),
		    0, TEXT_GOOD },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
takes_a_dot_away_where_it_begins_a_line(void **state)
{
	static const struct text_case cases[] = {
		{ TEXT("..\r\n.\r\n"), TEXT(".\r\n"), 0, TEXT_GOOD },
		{ TEXT(".a\r\n.\r\n"), TEXT("a\r\n"), 0, TEXT_GOOD },
		{ TEXT("...\r\n..\r\n.\r\n"), TEXT("..\r\n.\r\n"), 0,
		    TEXT_GOOD },
		{ TEXT("a.\r\n.b.\r\n.\r\n"), TEXT("a.\r\nb.\r\n"), 0,
		    TEXT_GOOD },
		{ TEXT("a\r\n. \r\n.\r\n"), TEXT("a\r\n \r\n"), 0, TEXT_GOOD },
	};

	(void)state;
	FOR_EACH(cases);
}

/* Each of them ends a message for some server or other. */
static void
ends_at_nothing_else(void **state)
{
	static const struct text_case cases[] = {
		{ TEXT("a\n.\nb\r\n.\r\n"), TEXT("a\n.\nb\r\n"), 0,
		    TEXT_BARE_LF },
		{ TEXT("a\n.\rb\r\n.\r\n"), TEXT("a\n.\rb\r\n"), 0,
		    TEXT_BARE_LF },
		{ TEXT("a\r.\nb\r\n.\r\n"), TEXT("a\r.\nb\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT("a\r.\rb\r\n.\r\n"), TEXT("a\r.\rb\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT("a\n.\r\nb\r\n.\r\n"), TEXT("a\n.\r\nb\r\n"), 0,
		    TEXT_BARE_LF },
		{ TEXT("a\r.\r\nb\r\n.\r\n"), TEXT("a\r.\r\nb\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT("a\r\n.\nb\r\n.\r\n"), TEXT("a\r\n\nb\r\n"), 0,
		    TEXT_BARE_LF },
		{ TEXT("a\r\n.\rb\r\n.\r\n"), TEXT("a\r\n\rb\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT("a\r\n\0.\r\nb\r\n.\r\n"), TEXT("a\r\n\0.\r\nb\r\n"), 0,
		    TEXT_NUL },
		{ TEXT("a\r\n.\0\r\nb\r\n.\r\n"), TEXT("a\r\n\0\r\nb\r\n"), 0,
		    TEXT_NUL },
		{ TEXT("a\r\n.\r\r\nb\r\n.\r\n"), TEXT("a\r\n\r\r\nb\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT("a\r\r\n.\r\r\nb\r\n.\r\n"), TEXT("a\r\r\n\r\r\nb\r\n"),
		    0, TEXT_BARE_CR },
		{ TEXT("a\n\n.\n\nb\r\n.\r\n"), TEXT("a\n\n.\n\nb\r\n"), 0,
		    TEXT_BARE_LF },
		{ TEXT("\n.\r\n\r\n.\r\n"), TEXT("\n.\r\n\r\n"), 0,
		    TEXT_BARE_LF },
		{ TEXT(".\nb\r\n.\r\n"), TEXT("\nb\r\n"), 0, TEXT_BARE_LF },
		{ TEXT(".\r.\r\nb\r\n.\r\n"), TEXT("\r.\r\nb\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT(".\r\r\n.\r\n"), TEXT("\r\r\n"), 0, TEXT_BARE_CR },
		{ TEXT("..\r\r\n.\r\n"), TEXT(".\r\r\n"), 0, TEXT_BARE_CR },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
tells_the_first_fault(void **state)
{
	static const struct text_case cases[] = {
		{ TEXT("\r\0\n\r\n.\r\n"), TEXT("\r\0\n\r\n"), 0,
		    TEXT_BARE_CR },
		{ TEXT("\0\r\n\n\ra\r\n.\r\n"), TEXT("\0\r\n\n\ra\r\n"), 0,
		    TEXT_NUL },
		{ TEXT("\n\0\r\n.\r\n"), TEXT("\n\0\r\n"), 0, TEXT_BARE_LF },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
does_not_end_before_the_end(void **state)
{
	static const struct {
		struct vb_str all, text;
	} cases[] = {
		{ TEXT("a"), TEXT("a") },
		{ TEXT("a\r"), TEXT("a\r") },
		{ TEXT("a\r\n"), TEXT("a\r\n") },
		{ TEXT("a\r\n."), TEXT("a\r\n") },
		{ TEXT("a\r\n.\r"), TEXT("a\r\n") },
		{ TEXT("a.\r\n"), TEXT("a.\r\n") },
		{ TEXT("."), TEXT("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome want = { 0 };

		buffer_add_str(&want.text, cases[i].text);
		assert_outcome_however_cut(cases[i].all, &want);
		buffer_finish(&want.text);
	}
}

/* Puts `in` behind n octets of a long message: `out` is to come of it. */
static void
assert_planted(size_t n, const struct text_case *plant)
{
	static const char filler[1200] = { 0 };
	struct buffer all = { 0 };
	struct outcome want = { .has_ended = true, .fault = plant->fault };

	buffer_add(&all, filler, n);
	buffer_add_str(&all, plant->all);
	buffer_add(&all, filler, sizeof(filler) - n);
	memset(all.p, 'a', n);
	memset(all.p + n + plant->all.n, 'b', sizeof(filler) - n);
	buffer_add(&want.text, all.p, n);
	buffer_add_str(&want.text, plant->text);
	buffer_add(&want.text, all.p + n + plant->all.n, sizeof(filler) - n);
	buffer_add(&want.text, "\r\n", 2);
	buffer_add(&all, "\r\n.\r\n", 5);
	assert_outcome(buffer_str(&all), 0, all.n, &want);
	buffer_finish(&all);
	buffer_finish(&want.text);
}

/* At every place of the blocks that are passed over as one. */
static void
sees_what_is_remarkable_wherever_it_stands(void **state)
{
	static const struct text_case plants[] = {
		{ TEXT("."), TEXT("."), 0, TEXT_GOOD },
		{ TEXT("\r\n"), TEXT("\r\n"), 0, TEXT_GOOD },
		{ TEXT("\r\n.."), TEXT("\r\n."), 0, TEXT_GOOD },
		{ TEXT("\r\n.x"), TEXT("\r\nx"), 0, TEXT_GOOD },
		{ TEXT("\n"), TEXT("\n"), 0, TEXT_BARE_LF },
		{ TEXT("\r"), TEXT("\r"), 0, TEXT_BARE_CR },
		{ TEXT("\0"), TEXT("\0"), 0, TEXT_NUL },
		{ TEXT("\n.\r\n"), TEXT("\n.\r\n"), 0, TEXT_BARE_LF },
		{ TEXT("\r\r\n.x"), TEXT("\r\r\nx"), 0, TEXT_BARE_CR },
		{ TEXT("\r\n.\r"), TEXT("\r\n\r"), 0, TEXT_BARE_CR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
		for (size_t n = 0; n < 1000; n++)
			if (n > 0 || plants[i].all.p[0] != '.')
				assert_planted(n, &plants[i]);
}

static void
hands_out_many_lines_in_one_piece_of_the_input(void **state)
{
	struct text_reader r = { 0 };
	struct buffer all = { 0 };
	struct vb_str input, piece;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buffer_printf(&all, "line %d\r\n", i);
	buffer_printf(&all, ".\r\n");
	input = buffer_str(&all);
	assert_false(text_take(&r, &input, &piece));
	assert_ptr_equal(piece.p, all.p);
	assert_int_equal(piece.n, all.n - 3);
	assert_true(text_take(&r, &input, &piece));
	assert_int_equal(piece.n, 0);
	assert_int_equal(input.n, 0);
	buffer_finish(&all);
}

static void
takes_nothing_after_the_end(void **state)
{
	struct text_reader r = { 0 };
	struct vb_str input = VB_STR(".\r\nQUIT\r\n"), piece;

	(void)state;
	assert_true(text_take(&r, &input, &piece));
	assert_true(text_take(&r, &input, &piece));
	assert_int_equal(input.n, 6);
	assert_int_equal(piece.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_at_a_lone_dot),
		cmocka_unit_test(takes_a_dot_away_where_it_begins_a_line),
		cmocka_unit_test(ends_at_nothing_else),
		cmocka_unit_test(tells_the_first_fault),
		cmocka_unit_test(does_not_end_before_the_end),
		cmocka_unit_test(sees_what_is_remarkable_wherever_it_stands),
		cmocka_unit_test(
		    hands_out_many_lines_in_one_piece_of_the_input),
		cmocka_unit_test(takes_nothing_after_the_end),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
