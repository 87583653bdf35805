/* Command lines, whole and cut in every way. */
#include "core/smtp/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 12 };

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const char *const names[] = {
	[LINE_GOOD] = "good",
	[LINE_BARE_LF] = "lf",
	[LINE_BARE_CR] = "cr",
	[LINE_NUL] = "nul",
	[LINE_TOO_LONG] = "long",
};

/* Takes the lines of a part, in memory of just its size; notes them. */
static void
take_part(struct line_reader *r, struct vb_str part, struct buffer *said)
{
	char *copy = malloc(part.n);
	struct vb_str input = { copy, part.n }, line;
	enum line_fault fault;

	assert_non_null(copy);
	memcpy(copy, part.p, part.n);
	while (line_take(r, &input, &line, &fault)) {
		buffer_printf(said, "%s(", names[fault]);
		buffer_add_escaped(said, line);
		buffer_printf(said, ")");
	}
	assert_int_equal(input.n, 0);
	free(copy);
}

/* Feeds `first` octets, then `step` at a time: "good(NOOP)lf(QUIT)". */
static void
assert_lines(struct vb_str all, size_t first, size_t step, const char *want)
{
	struct line_reader r = { .limit = LIMIT };
	struct buffer said = { 0 };

	for (size_t at = 0; at < all.n;) {
		size_t n = at == 0 && first > 0 ? first : step;

		n = n < all.n - at ? n : all.n - at;
		take_part(&r, (struct vb_str){ all.p + at, n }, &said);
		assert_true(r.held.n <= LIMIT);
		at += n;
	}
	if (!vb_str_eq(buffer_str(&said), vb_str(want)))
		fail_msg("first %zu, step %zu: \"%.*s\" is not \"%s\"", first,
		    step, VB_FMT(said), want);
	buffer_finish(&said);
	line_reader_finish(&r);
}

static void
assert_lines_however_cut(struct vb_str all, const char *want)
{
	assert_lines(all, 0, all.n, want);
	assert_lines(all, 0, 1, want);
	assert_lines(all, 0, 2, want);
	assert_lines(all, 0, 3, want);
	for (size_t first = 1; first < all.n; first++)
		assert_lines(all, first, all.n, want);
}

struct line_case {
	struct vb_str all;
	const char *want;
};

#define FOR_EACH(cases)                                                 \
	for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++) \
	assert_lines_however_cut((cases)[i].all, (cases)[i].want)

static void
ends_a_line_at_cr_lf(void **state)
{
	static const struct line_case cases[] = {
		{ TEXT("NOOP\r\n"), "good(NOOP)" },
		{ TEXT("\r\n"), "good()" },
		{ TEXT("\r\n\r\nQUIT\r\n"), "good()good()good(QUIT)" },
		{ TEXT("RSET\r\nNOOP a\r\nQU"), "good(RSET)good(NOOP a)" },
		{ TEXT("NOOP \xff\t\r\n"), "good(NOOP \\xFF\\t)" },
		{ TEXT("NOOP"), "" },
		{ TEXT("NOOP\r"), "" },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
reads_a_line_with_a_fault_to_its_end(void **state)
{
	static const struct line_case cases[] = {
		{ TEXT("NOOP\n"), "lf(NOOP)" },
		{ TEXT("\n\n\r\n"), "lf()lf()good()" },
		{ TEXT("NO\nOP\r\n"), "lf(NO)good(OP)" },
		{ TEXT("NO\rOP\r\nQUIT\r\n"), "cr(NO\\rOP)good(QUIT)" },
		{ TEXT("NOOP\r\r\n"), "cr(NOOP\\r)" },
		{ TEXT("\r\r\n"), "cr(\\r)" },
		{ TEXT("\ra\n\r\n"), "cr(\\ra)good()" },
		{ TEXT("NO\0P\r\nQUIT\r\n"), "nul(NO\\x00P)good(QUIT)" },
		{ TEXT("NOOP\0\r\n"), "nul(NOOP\\x00)" },
		{ TEXT("NOOP\r\0\n"), "cr(NOOP\\r\\x00)" },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
tells_the_first_fault(void **state)
{
	static const struct line_case cases[] = {
		{ TEXT("a\0b\rc\n"), "nul(a\\x00b\\rc)" },
		{ TEXT("a\rb\0c\n"), "cr(a\\rb\\x00c)" },
		{ TEXT("a\0b\n"), "nul(a\\x00b)" },
		{ TEXT("a\0b0123456789\r\n"), "nul()" },
		{ TEXT("a\rb0123456789\r\n"), "cr()" },
		{ TEXT("0123456789012\0\r\n"), "long()" },
		{ TEXT("01234567890\rb\r\n"), "cr()" },
		{ TEXT("012345678901\rb\n"), "long()" },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
takes_as_many_octets_as_the_limit_and_no_more(void **state)
{
	static const struct line_case cases[] = {
		{ TEXT("0123456789\r\n"), "good(0123456789)" },
		{ TEXT("0123456789a\r\n"), "long()" },
		{ TEXT("01234567890\n"), "lf(01234567890)" },
		{ TEXT("012345678901\n"), "long()" },
		{ TEXT("0123456789a\r\nQUIT\r\n"), "long()good(QUIT)" },
		{ TEXT("0123456789QUIT0123456789QUIT\r\n\r\n"),
		    "long()good()" },
		{ TEXT("0123456789QUIT0123456789QUIT\nNOOP\r\n"),
		    "long()good(NOOP)" },
	};

	(void)state;
	FOR_EACH(cases);
}

static void
does_not_copy_a_line_that_is_whole(void **state)
{
	struct line_reader r = { .limit = LIMIT };
	const struct vb_str all = VB_STR("NOOP\r\nQUIT\r\n");
	struct vb_str input = all, line;
	enum line_fault fault;

	(void)state;
	assert_true(line_take(&r, &input, &line, &fault));
	assert_ptr_equal(line.p, all.p);
	assert_true(line_take(&r, &input, &line, &fault));
	assert_ptr_equal(line.p, all.p + 6);
	assert_int_equal(r.held.room, 0);
	line_reader_finish(&r);
}

static void
holds_little_of_a_line_that_does_not_end(void **state)
{
	static const char much[4096] = { 'a' };
	struct line_reader r = { .limit = 512 };
	struct vb_str line;
	enum line_fault fault;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct vb_str input = { much, sizeof(much) };

		assert_false(line_take(&r, &input, &line, &fault));
		assert_int_equal(input.n, 0);
	}
	assert_true(r.held.room <= 512);
	line_reader_finish(&r);
}

static void
forgets_what_it_held_when_cleared(void **state)
{
	static const struct vb_str before[] = { TEXT("RS"), TEXT("RSET\r"),
		TEXT("R\0"), TEXT("0123456789012345") };

	(void)state;
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct line_reader r = { .limit = LIMIT };
		struct vb_str input = before[i], line;
		enum line_fault fault;

		assert_false(line_take(&r, &input, &line, &fault));
		line_reader_clear(&r);
		input = VB_STR("NOOP\r\n");
		assert_true(line_take(&r, &input, &line, &fault));
		assert_int_equal(fault, LINE_GOOD);
		assert_true(vb_str_eq(line, VB_STR("NOOP")));
		line_reader_finish(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_a_line_at_cr_lf),
		cmocka_unit_test(reads_a_line_with_a_fault_to_its_end),
		cmocka_unit_test(tells_the_first_fault),
		cmocka_unit_test(takes_as_many_octets_as_the_limit_and_no_more),
		cmocka_unit_test(does_not_copy_a_line_that_is_whole),
		cmocka_unit_test(holds_little_of_a_line_that_does_not_end),
		cmocka_unit_test(forgets_what_it_held_when_cleared),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
