/* Are libconfig's words told apart as libconfig does? */
#include "core/io/conf_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include <libconfig.h>

static void
finds_each_word_and_its_end(void **state)
{
	static const struct {
		const char *text;
		enum conf_kind kind;
		const char *rest;
	} cases[] = {
		{ "", CONF_END, "" },
		{ " \t\r\f x", CONF_BLANK, "x" },
		{ "\n\nx", CONF_BLANK, "\nx" },
		{ "  \nx", CONF_BLANK, "x" },
		{ "# x\ny", CONF_BLANK, "\ny" },
		{ "// x\ny", CONF_BLANK, "\ny" },
		{ "# to the end", CONF_BLANK, "" },
		{ "/* \" # // \n */y", CONF_BLANK, "y" },
		{ "/**/y", CONF_BLANK, "y" },
		{ "/***/y", CONF_BLANK, "y" },
		{ "/*/ */y", CONF_BLANK, "y" },
		{ "/*/", CONF_OPEN, "" },
		{ "/* *", CONF_OPEN, "" },
		{ "\"\"x", CONF_STRING, "x" },
		{ "\"a\nb\"x", CONF_STRING, "x" },
		{ "\"a\\\"b\"x", CONF_STRING, "x" },
		{ "\"a\\\\\"x", CONF_STRING, "x" },
		{ "\"# /* \"x", CONF_STRING, "x" },
		{ "\"a\\\"", CONF_OPEN, "" },
		{ "\"", CONF_OPEN, "" },
		{ "a-5_*B=", CONF_NAME, "=" },
		{ "*.", CONF_NAME, "." },
		{ "_a", CONF_SIGN, "a" },
		{ "17;", CONF_INTEGER, ";" },
		{ "-17;", CONF_INTEGER, ";" },
		{ "+17;", CONF_INTEGER, ";" },
		{ "17L;", CONF_INTEGER, ";" },
		{ "17LL;", CONF_INTEGER, ";" },
		{ "17LLL;", CONF_INTEGER, "L;" },
		{ "17l;", CONF_INTEGER, "l;" },
		{ "0x1Fg;", CONF_INTEGER, "g;" },
		{ "0X1fL;", CONF_INTEGER, ";" },
		{ "0x;", CONF_INTEGER, "x;" },
		{ "-0x1", CONF_INTEGER, "x1" },
		{ "17e;", CONF_INTEGER, "e;" },
		{ "1.5;", CONF_FLOAT, ";" },
		{ "1.;", CONF_FLOAT, ";" },
		{ ".5;", CONF_FLOAT, ";" },
		{ "1e5;", CONF_FLOAT, ";" },
		{ "-1.5E-5;", CONF_FLOAT, ";" },
		{ "1.5e;", CONF_FLOAT, "e;" },
		{ "-;", CONF_SIGN, ";" },
		{ "/ x", CONF_SIGN, " x" },
		{ "/", CONF_SIGN, "" },
		{ "{}", CONF_SIGN, "}" },
		{ "\v", CONF_SIGN, "" },
		{ "@include \"x\"y", CONF_INCLUDE, "y" },
		{ " \t@include\t \"x\"y", CONF_INCLUDE, "y" },
		{ "@include \"a\\\"b\"y", CONF_INCLUDE, "y" },
		{ "@include\"x\"", CONF_SIGN, "include\"x\"" },
		{ "@include x", CONF_SIGN, "include x" },
		{ "@include \"x", CONF_OPEN, "" },
		{ "@include \"x\ny\"", CONF_OPEN, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_word word = conf_scan(vb_str(cases[i].text), true);

		if (word.kind != cases[i].kind ||
		    strcmp(word.text.p + word.text.n, cases[i].rest) != 0)
			fail_msg("\"%s\": kind %d, rest \"%s\"", cases[i].text,
			    (int)word.kind, word.text.p + word.text.n);
	}
}

static void
sees_an_include_only_where_a_line_begins(void **state)
{
	(void)state;
	assert_int_equal(
	    conf_scan(VB_STR("@include \"x\""), false).kind, CONF_SIGN);
	assert_int_equal(
	    conf_scan(VB_STR(" @include \"x\""), false).kind, CONF_BLANK);
}

static void
counts_the_bits_of_an_integer(void **state)
{
	static const struct {
		const char *literal;
		unsigned bits;
	} cases[] = {
		{ "0", 32 },
		{ "-0", 32 },
		{ "2147483647", 32 },
		{ "+2147483647", 32 },
		{ "2147483648", 64 },
		{ "-2147483648", 32 },
		{ "-2147483649", 64 },
		{ "0000000000000000000000000000001", 32 },
		{ "0x7FFFFFFF", 32 },
		{ "0x80000000", 64 },
		{ "0xFFFFFFFF", 64 },
		{ "0x1FFFFFFFF", 64 },
		{ "5000000000", 64 },
		{ "9223372036854775807L", 64 },
		{ "9223372036854775808L", 0 },
		{ "-9223372036854775808L", 64 },
		{ "-9223372036854775809L", 0 },
		{ "0x7FFFFFFFFFFFFFFFL", 64 },
		{ "0x8000000000000000L", 0 },
		{ "99999999999999999999999999999999", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_str literal = vb_str(cases[i].literal);

		if (conf_integer_bits(literal) != cases[i].bits)
			fail_msg("%s: %u", cases[i].literal,
			    conf_integer_bits(literal));
	}
	assert_true(conf_integer_is_long(VB_STR("1L")));
	assert_true(conf_integer_is_long(VB_STR("1LL")));
	assert_false(conf_integer_is_long(VB_STR("1")));
}

/* What is said to fit, libconfig reads as it is. */
static void
counts_as_libconfig_does(void **state)
{
	static const char *const literals[] = { "2147483647", "-2147483648",
		"0x7FFFFFFF", "9223372036854775807L", "-9223372036854775808L",
		"010", "+5LL", "0x7FFFFFFFFFFFFFFFL" };

	(void)state;
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		int base = strchr(literals[i], 'x') != NULL ? 16 : 10;
		char text[64];
		config_t tree;

		snprintf(text, sizeof(text), "a = %s;", literals[i]);
		config_init(&tree);
		assert_int_equal(config_read_string(&tree, text), CONFIG_TRUE);
		assert_true(config_setting_get_int64(config_lookup(&tree,
				"a")) == strtoll(literals[i], NULL, base));
		config_destroy(&tree);
	}
}

static void
sees_the_octet_0_in_a_string(void **state)
{
	(void)state;
	assert_true(conf_string_has_nul(VB_STR("\"a\\x00b\"")));
	assert_true(conf_string_has_nul(VB_STR("\"\\X00\"")));
	assert_true(conf_string_has_nul(VB_STR("\"\\\\\\x00\"")));
	assert_false(conf_string_has_nul(VB_STR("\"\\\\x00\"")));
	assert_false(conf_string_has_nul(VB_STR("\"\\x01\"")));
	assert_false(conf_string_has_nul(VB_STR("\"\\x0\"")));
	assert_false(conf_string_has_nul(VB_STR("\"\\x10\"")));
	assert_false(conf_string_has_nul(VB_STR("\"x00\"")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_word_and_its_end),
		cmocka_unit_test(sees_an_include_only_where_a_line_begins),
		cmocka_unit_test(counts_the_bits_of_an_integer),
		cmocka_unit_test(counts_as_libconfig_does),
		cmocka_unit_test(sees_the_octet_0_in_a_string),
	};

	return cmocka_run_group_tests_name("conf_scan", tests, NULL, NULL);
}
