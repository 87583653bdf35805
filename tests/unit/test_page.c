/* modules/terminal/page.h: whatever goes in, what comes out drives nothing. */
#include "modules/terminal/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/harmless.h"

static struct page page;

static void
begin(bool is_utf8)
{
	page = (struct page){ .line_end = "\n", .is_utf8 = is_utf8 };
}

static void
assert_text(const char *text)
{
	if (page.n != strlen(text) || memcmp(page.text, text, page.n) != 0)
		fail_msg(
		    "\"%.*s\" is not \"%s\"", (int)page.n, page.text, text);
}

static void
every_octet_comes_out_harmless(void **state)
{
	(void)state;
	for (int utf8 = 0; utf8 < 2; utf8++)
		for (int c = 0; c < 256; c++) {
			char around[] = { 'a', (char)c, 'b', (char)c, (char)c };

			begin(utf8 == 1);
			page_add(
			    &page, (struct vb_str){ around, sizeof(around) });
			if (!is_harmless(page.text, page.n, "\n", utf8 == 1))
				fail_msg(
				    "%#x: \"%.*s\"", c, (int)page.n, page.text);
		}
}

static void
shows_what_would_drive_a_terminal(void **state)
{
	static const struct {
		const char *in, *utf8, *ascii;
	} cases[] = {
		{ "plain", "plain", "plain" },
		{ "\033[31mred", "^[[31mred", "^[[31mred" },
		{ "\033]0;title\a", "^[]0;title^G", "^[]0;title^G" },
		{ "\033P$q\"p\033\\", "^[P$q\"p^[\\", "^[P$q\"p^[\\" },
		{ "a\bb\177c", "a^Hb^?c", "a^Hb^?c" },
		{ "one\rtwo", "one^Mtwo", "one^Mtwo" },
		{ "one\r\ntwo", "one\ntwo", "one\ntwo" },
		{ "\016\017\005", "^N^O^E", "^N^O^E" },
		{ "a\tb", "a       b", "a       b" },
		/* C1, in UTF-8 and bare. */
		{ "\302\233"
		  "31m",
		    "\357\277\275"
		    "31m",
		    "?31m" },
		{ "\233"
		  "31m",
		    "\357\277\275"
		    "31m",
		    "?31m" },
		{ "\302\235"
		  "0;x\302\234",
		    "\357\277\275"
		    "0;x\357\277\275",
		    "?0;x?" },
		/* Directions, widths, tags. */
		{ "a\342\200\256b\342\201\246c\342\200\213d", "abcd", "abcd" },
		{ "a\363\240\201\201b", "ab", "ab" },
		{ "a\357\273\277b", "ab", "ab" },
		/* What is a character, and what is none. */
		{ "\303\244\342\202\254\360\237\230\200",
		    "\303\244\342\202\254\360\237\230\200", "???" },
		{ "\303(", "\357\277\275(", "?(" },
		{ "\300\233", "\357\277\275\357\277\275", "??" },
		{ "\340\200\233", "\357\277\275\357\277\275\357\277\275",
		    "???" },
		{ "\355\240\200", "\357\277\275\357\277\275\357\277\275",
		    "???" },
		{ "\364\220\200\200",
		    "\357\277\275\357\277\275\357\277\275\357\277\275",
		    "????" },
		{ "\356\200\200", "\357\277\275", "?" },
		{ "a\342\202", "a\357\277\275\357\277\275", "a??" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(true);
		page_add(&page, vb_str(cases[i].in));
		assert_text(cases[i].utf8);
		begin(false);
		page_add(&page, vb_str(cases[i].in));
		assert_text(cases[i].ascii);
	}
}

static void
a_line_is_one_line(void **state)
{
	(void)state;
	begin(true);
	page_add_line(&page, vb_str("a\nb\r\nc\td"), 100);
	page_add_line(&page, vb_str("0123456789"), 4);
	assert_text("a b  c d\n0123\n");
}

static void
lines_end_before_column_80_at_a_blank(void **state)
{
	char long_word[101];

	(void)state;
	memset(long_word, 'x', 100);
	long_word[100] = '\0';
	begin(true);
	page_add(&page, vb_str(long_word));
	assert_int_equal(page.lines, 1);
	assert_memory_equal(page.text + 79, "\nxxx", 4);
	begin(true);
	page_add(&page, vb_str("a word "));
	page_add(&page, (struct vb_str){ long_word, 75 });
	page_add(&page, vb_str(" end"));
	assert_memory_equal(page.text, "a word\nxxx", 10);
	assert_memory_equal(page.text + page.n - 6, "xx end", 6);
	assert_int_equal(page.lines, 1);
	assert_int_equal(page.column, 79);
	/* Wide ones take two columns. */
	begin(true);
	for (int i = 0; i < 40; i++)
		page_add(&page, vb_str("\345\255\227"));
	assert_int_equal(page.lines, 1);
	assert_int_equal(page.column, 2);
}

static void
ends_after_so_many_lines_and_says_so(void **state)
{
	(void)state;
	begin(true);
	for (int i = 0; i < PAGE_LINES; i++)
		page_add(&page, vb_str("line\n"));
	assert_false(page.is_cut);
	page_add(&page, vb_str(" \n\n"));
	assert_false(page.is_cut);
	page_add(&page, vb_str("more"));
	assert_true(page.is_cut);
	assert_int_equal(page.lines, PAGE_LINES);
	page_finish(&page, "[more]");
	assert_memory_equal(page.text + page.n - 12, "line\n[more]\n", 12);
}

static void
ends_after_so_many_octets_and_says_so(void **state)
{
	(void)state;
	begin(true);
	for (int i = 0; i < 2000; i++)
		page_add(&page, vb_str("\360\237\230\200"));
	assert_true(page.is_cut);
	page_finish(&page, "[more in your mailbox]");
	page_finish(&page, "EOF");
	assert_true(page.n <= sizeof(page.text));
	assert_true(is_harmless(page.text, page.n, "\n", true));
}

static void
wrapping_at_the_end_loses_no_word_in_silence(void **state)
{
	(void)state;
	begin(true);
	for (int i = 0; i < PAGE_LINES - 1; i++)
		page_add(&page, vb_str("line\n"));
	for (int i = 0; i < 30; i++)
		page_add(&page, vb_str("words "));
	assert_true(page.is_cut);
	assert_int_equal(page.lines, PAGE_LINES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_octet_comes_out_harmless),
		cmocka_unit_test(shows_what_would_drive_a_terminal),
		cmocka_unit_test(a_line_is_one_line),
		cmocka_unit_test(lines_end_before_column_80_at_a_blank),
		cmocka_unit_test(ends_after_so_many_lines_and_says_so),
		cmocka_unit_test(ends_after_so_many_octets_and_says_so),
		cmocka_unit_test(wrapping_at_the_end_loses_no_word_in_silence),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
