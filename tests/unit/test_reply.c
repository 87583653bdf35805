/* Replies on the wire, and sets of reply codes. */
#include "core/smtp/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static void
assert_buffer(struct buffer *b, const char *want)
{
	if (!vb_str_eq(buffer_str(b), vb_str(want)))
		fail_msg("\"%.*s\" is not \"%s\"", VB_FMT(*b), want);
	buffer_finish(b);
}

static void
writes_a_line_of_a_reply(void **state)
{
	static const struct {
		enum profile profile;
		int code;
		const char *status;
		bool more;
		struct vb_str text;
		const char *want;
	} cases[] = {
		{ PROFILE_RFC5321, 250, "2.1.0", false, TEXT("OK"),
		    "250 2.1.0 OK\r\n" },
		{ PROFILE_RFC5321, 250, "2.1.0", true, TEXT("OK"),
		    "250-2.1.0 OK\r\n" },
		{ PROFILE_RFC5321, 220, NULL, false, TEXT("a.test ready"),
		    "220 a.test ready\r\n" },
		{ PROFILE_RFC821, 250, "2.1.0", false, TEXT("OK"),
		    "250 OK\r\n" },
		{ PROFILE_RFC821, 250, NULL, true, TEXT("OK"), "250-OK\r\n" },
		{ PROFILE_RFC5321, 354, NULL, false, TEXT(""), "354 \r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b = { 0 };

		reply_add(&b, cases[i].profile, cases[i].code, cases[i].status,
		    cases[i].more, cases[i].text);
		assert_buffer(&b, cases[i].want);
	}
}

static void
adds_to_the_lines_before(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	reply_add(&b, PROFILE_RFC821, 250, NULL, true, VB_STR("one"));
	reply_add(&b, PROFILE_RFC821, 250, NULL, false, VB_STR("two"));
	assert_buffer(&b, "250-one\r\n250 two\r\n");
}

static void
escapes_what_is_not_printable(void **state)
{
	static const struct {
		struct vb_str text;
		const char *want;
	} cases[] = {
		{ TEXT("a\r\n250 b"), "550 a\\r\\n250 b\r\n" },
		{ TEXT("a\0b"), "550 a\\x00b\r\n" },
		{ TEXT("\t\x1b]0;\x7f"), "550 \\t\\x1B]0;\\x7F\r\n" },
		{ TEXT("M\xc3\xbcll"), "550 M\\xC3\\xBCll\r\n" },
		{ TEXT("<\"a\\\"b\"@c.test>"), "550 <\"a\\\"b\"@c.test>\r\n" },
		{ TEXT(" !~"), "550  !~\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer b = { 0 };

		reply_add(&b, PROFILE_RFC821, 550, NULL, false, cases[i].text);
		assert_buffer(&b, cases[i].want);
	}
}

static void
escapes_the_status_too(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	reply_add(&b, PROFILE_RFC5321, 550, "5\r\n", false, VB_STR("no"));
	assert_buffer(&b, "550 5\\r\\n no\r\n");
}

/* Writes n times c behind "250 "; returns the line's length. */
static size_t
length(size_t n, char c, char *last)
{
	char text[1000];
	struct buffer b = { 0 };
	size_t size;

	memset(text, c, sizeof(text));
	buffer_printf(&b, "350 before\r\n");
	reply_add(
	    &b, PROFILE_RFC821, 250, NULL, false, (struct vb_str){ text, n });
	size = b.n - strlen("350 before\r\n");
	assert_memory_equal(b.p + b.n - 2, "\r\n", 2);
	*last = b.p[b.n - 3];
	buffer_finish(&b);
	return size;
}

static void
cuts_a_line_to_512_octets(void **state)
{
	char last;

	(void)state;
	assert_int_equal(length(505, 'a', &last), 511);
	assert_int_equal(length(506, 'a', &last), 512);
	assert_int_equal(length(507, 'a', &last), 512);
	assert_int_equal(length(1000, 'a', &last), 512);
}

static void
does_not_cut_an_escape_in_two(void **state)
{
	char last;

	(void)state;
	assert_int_equal(length(1000, '\x01', &last), 510);
	assert_int_equal(last, '1');
	assert_int_equal(length(1000, '\n', &last), 512);
	assert_int_equal(last, 'n');
}

static void
reads_codes(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "", true },
		{ " ", true },
		{ "250", true },
		{ "250 251 550", true },
		{ " 200  599 ", true },
		{ "199", false },
		{ "600", false },
		{ "25", false },
		{ "2500", false },
		{ "250251", false },
		{ "250,251", false },
		{ "250 2x0", false },
		{ "250 25:", false },
		{ "250\t251", false },
		{ "+250", false },
		{ "-50", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct codes set;

		if (codes_parse(&set, cases[i].text) != cases[i].good)
			fail_msg("\"%s\"", cases[i].text);
	}
}

static void
has_the_codes_that_were_read_and_added(void **state)
{
	struct codes set;

	(void)state;
	memset(&set, 0xff, sizeof(set));
	assert_true(codes_parse(&set, "200 263 264 599"));
	codes_add(&set, 421);
	for (int code = -1000; code < 1000; code++) {
		bool has = code == 200 || code == 263 || code == 264 ||
		           code == 421 || code == 599;

		assert_int_equal(codes_has(&set, code), has);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_line_of_a_reply),
		cmocka_unit_test(adds_to_the_lines_before),
		cmocka_unit_test(escapes_what_is_not_printable),
		cmocka_unit_test(escapes_the_status_too),
		cmocka_unit_test(cuts_a_line_to_512_octets),
		cmocka_unit_test(does_not_cut_an_escape_in_two),
		cmocka_unit_test(reads_codes),
		cmocka_unit_test(has_the_codes_that_were_read_and_added),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
