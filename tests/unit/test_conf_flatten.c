/* Are files put in where they are included, and truncations refused? */
#include "core/io/conf_text.h"

#include "tests/unit/conf_files.h"

/* Reads "a" and tells what is wrong, and the text where nothing is. */
static void
assert_flat(const char *text, const char *expected)
{
	struct problems problems = { 0 };
	struct conf_text flat = { 0 };

	conf_text_read(&flat, "a", &problems);
	assert_problems(&problems, expected);
	buffer_add(&flat.bytes, "", 1);
	if (text != NULL)
		assert_string_equal(flat.bytes.p, text);
	conf_text_finish(&flat);
}

static void
puts_a_file_in_where_it_is_named(void **state)
{
	(void)state;
	write_file("a", "w = 1;\n@include \"b\" y = 2;\nz = 3;");
	write_file("b", "b1 = 1;\nb2 = 2;");
	assert_flat("w = 1;\n\nb1 = 1;\nb2 = 2;\n y = 2;\nz = 3;", "");
	write_file("b", "");
	assert_flat("w = 1;\n\n\n y = 2;\nz = 3;", "");
}

static void
knows_where_each_line_came_from(void **state)
{
	static const struct {
		int line;
		const char *file;
		int of_file;
	} cases[] = {
		{ 0, "a", 0 }, /* the outermost group's */
		{ 1, "a", 1 },
		{ 2, "a", 2 },
		{ 3, "b", 1 },
		{ 4, "b", 2 },
		{ 5, "a", 2 },
		{ 6, "a", 3 },
		{ 7, "a", 4 },
	};
	struct conf_text flat = { 0 };
	struct problems problems = { 0 };

	(void)state;
	write_file("a", "w = 1;\n@include \"b\" y = 2;\nz = 3;\n");
	write_file("b", "b1 = 1;\nb2 = 2;");
	conf_text_read(&flat, "a", &problems);
	assert_int_equal(problems.n, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_origin at = conf_text_place(&flat, cases[i].line);

		assert_string_equal(at.file, cases[i].file);
		assert_int_equal(at.line, cases[i].of_file);
	}
	conf_text_finish(&flat);
}

static void
looks_for_an_include_beside_the_file_that_has_it(void **state)
{
	char *here = getcwd(NULL, 0);
	char text[256];

	(void)state;
	assert_int_equal(system("mkdir -p d/e"), 0);
	write_file("a", "@include \"d/b\"");
	write_file("d/b", "@include \"e/c\"");
	write_file("d/e/c", "@include \"../x\"");
	write_file("d/x", "x = 1;");
	assert_flat("\n\n\nx = 1;\n\n\n", "");

	snprintf(text, sizeof(text), "@include \"%s/d/x\"", here);
	write_file("d/b", text);
	assert_flat("\n\nx = 1;\n\n", "");
	free(here);
}

static void
takes_any_file_name(void **state)
{
	(void)state;
	write_file("a", "@include \"q\\\"b\\\\s\"");
	write_file("q\"b\\s", "x = 1;");
	assert_flat("\nx = 1;\n", "");
}

/* Everything here stands in libconfig's text for something else. */
static void
leaves_alone_what_only_looks_like_an_include(void **state)
{
	static const char *const texts[] = {
		"# @include \"nowhere\"\n",
		"/*\n@include \"nowhere\"\n*/",
		"a = \"\n@include \\\"nowhere\\\"\n\";",
		"//\n# 5000000000\n/* 5000000000 */ a5000000000 = \"5000000000\";",
		"a-5000000000 = 5000000000.0; b = 5000000000e0;",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("a", texts[i]);
		assert_flat(texts[i], "");
	}
}

static void
tells_what_cannot_be_included_and_where(void **state)
{
	(void)state;
	unlink("none");
	write_file(
	    "a", "x = 1;\n@include \"none\"\n@include \"b\"\n@include \"d\"");
	write_file("b", "\n\n@include \"none\"\ny = 5000000000;");
	assert_int_equal(system("rm -rf d; mkdir d"), 0);
	assert_flat(NULL,
	    "a:2: @include \"none\": No such file or directory\n"
	    "b:3: @include \"none\": No such file or directory\n"
	    "b:4: 5000000000 does not fit into 32 bits; write 5000000000L\n"
	    "a:4: @include \"d\": Is a directory\n");
	unlink("a");
	assert_flat(NULL, "a: No such file or directory\n");
}

static void
tells_files_that_include_each_other(void **state)
{
	(void)state;
	write_file("a", "\n@include \"./b\"");
	write_file("b", "@include \"a\"");
	assert_flat(
	    NULL, "./b:1: @include \"./a\": this file leads back to itself\n");
	write_file("b", "@include \"b\"");
	assert_flat(
	    NULL, "./b:1: @include \"./b\": this file leads back to itself\n");
	write_file("a", "@include \"a\"");
	assert_flat(
	    NULL, "a:1: @include \"a\": this file leads back to itself\n");
}

static void
takes_a_file_twice(void **state)
{
	(void)state;
	write_file("a", "@include \"b\"\n@include \"b\"");
	write_file("b", "x");
	assert_flat("\nx\n\n\nx\n", "");
}

static void
write_chain(int n, const char *fmt)
{
	write_file("a", "@include \"c1\"");
	for (int i = 1; i <= n; i++) {
		char name[16], text[64];

		snprintf(name, sizeof(name), "c%d", i);
		/* Both conversions of fmt are the next file's number. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), fmt, i + 1, i + 1);
#pragma GCC diagnostic pop
		write_file(name, i == n ? "" : text);
	}
}

static void
tells_includes_that_are_too_deep_or_too_many(void **state)
{
	(void)state;
	write_chain(16, "@include \"c%d\"\n");
	assert_flat("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
	    "");
	write_chain(17, "@include \"c%d\"\n");
	assert_flat(NULL,
	    "c16:1: @include \"c17\": files include each other too deeply\n");
	write_chain(16, "@include \"c%d\"\n@include \"c%d\"\n");
	assert_flat(
	    NULL, "c12:1: @include \"c13\": too many files are included\n");
}

static void
tells_all_integers_that_libconfig_would_truncate(void **state)
{
	(void)state;
	write_file("a", "a = 5000000000; b = -5000000000;\n"
			"c = [ 1, 2,\n 0x1FFFFFFFF ]; d = 5000000000L;\n"
			"e = 99999999999999999999L; f = 0xFFFFFFFFFFFFFFFFLL;\n"
			"g = 2147483647; h = 99999999999999999999;\n"
			"@include \"b\"\n"
			"k = 0xFFFFFFFF;");
	write_file("b", "\ni = 2147483648;");
	assert_flat(NULL,
	    "a:1: 5000000000 does not fit into 32 bits; write 5000000000L\n"
	    "a:1: -5000000000 does not fit into 32 bits; write -5000000000L\n"
	    "a:3: 0x1FFFFFFFF does not fit into 32 bits; write 0x1FFFFFFFFL\n"
	    "a:4: 99999999999999999999L does not fit into 64 bits\n"
	    "a:4: 0xFFFFFFFFFFFFFFFFLL does not fit into 64 bits\n"
	    "a:5: 99999999999999999999 does not fit into 64 bits\n"
	    "b:2: 2147483648 does not fit into 32 bits; write 2147483648L\n"
	    "a:7: 0xFFFFFFFF does not fit into 32 bits; write 0xFFFFFFFFL\n");
}

static void
cuts_a_long_literal_short(void **state)
{
	(void)state;
	write_file(
	    "a", "x = 11111111111111111111222222222222222222223333333333;");
	assert_flat(NULL,
	    "a:1: 1111111111111111111122222222222222222222... does not fit "
	    "into 64 bits\n");
}

static void
tells_what_would_swallow_the_file_around_it(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "\nx = \"1;\n", "b:2: this string has no end\n" },
		{ "\n/* 1;\n", "b:2: this comment has no end\n" },
		{ "\n@include \"c\n",
		    "b:2: the name behind @include has no end\n" },
		{ "x = 1; @include \"c\"",
		    "b:1: \"@\" out of place; an @include \"file\" must begin "
		    "its line\n" },
		{ "/**/ @include \"c\"",
		    "b:1: \"@\" out of place; an @include \"file\" must begin "
		    "its line\n" },
		{ "\nx = \"a\\x00b\";", "b:2: a string cannot hold \\x00\n" },
	};

	(void)state;
	write_file("a", "@include \"b\"\nx = 1;");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file("b", cases[i].text);
		assert_flat(NULL, cases[i].problem);
	}
}

static void
tells_a_file_that_is_not_text(void **state)
{
	static const char bytes[] = "x = 1;\ny\0z = 5000000000;";

	(void)state;
	write_bytes("a", bytes, sizeof(bytes) - 1);
	assert_flat(NULL, "a:2: holds an octet 0; is this a text?\n");
}

static void
tells_what_is_too_large(void **state)
{
	(void)state;
	write_file("a", "x = 1;");
	assert_int_equal(truncate("a", 40 << 20), 0);
	assert_flat(NULL, "a: File too large\n");
	assert_int_equal(system("tr '\\0' ' ' < /dev/zero | "
				"head -c 10000000 > b"),
	    0);
	write_file("a", "@include \"b\"\n@include \"b\"");
	assert_flat(
	    NULL, "a:2: @include \"b\": is too large, with all it includes\n");
}

/* libconfig takes the next word's line for that of a string in a list. */
static void
moves_what_follows_a_string_to_its_line(void **state)
{
	static const struct {
		const char *text, *flat;
	} cases[] = {
		{ "[ \"a\"\n, \"b\" # c\n ]", "[ \"a\",\n \"b\"] # c\n " },
		{ "( \"a\" \"b\"\n)", "( \"a\" \"b\")\n" },
		{ "( 1\n)", "( 1\n)" },
		{ "\"a\"\n;]", "\"a\"\n;]" },
		{ "\"a\"\n1 ]", "\"a\"\n1 ]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file("a", cases[i].text);
		assert_flat(cases[i].flat, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_a_file_in_where_it_is_named),
		cmocka_unit_test(knows_where_each_line_came_from),
		cmocka_unit_test(
		    looks_for_an_include_beside_the_file_that_has_it),
		cmocka_unit_test(takes_any_file_name),
		cmocka_unit_test(leaves_alone_what_only_looks_like_an_include),
		cmocka_unit_test(tells_what_cannot_be_included_and_where),
		cmocka_unit_test(tells_files_that_include_each_other),
		cmocka_unit_test(takes_a_file_twice),
		cmocka_unit_test(tells_includes_that_are_too_deep_or_too_many),
		cmocka_unit_test(
		    tells_all_integers_that_libconfig_would_truncate),
		cmocka_unit_test(cuts_a_long_literal_short),
		cmocka_unit_test(tells_what_would_swallow_the_file_around_it),
		cmocka_unit_test(tells_a_file_that_is_not_text),
		cmocka_unit_test(tells_what_is_too_large),
		cmocka_unit_test(moves_what_follows_a_string_to_its_line),
	};

	return cmocka_run_group_tests_name(
	    "conf_flatten", tests, enter_new_directory, remove_directory);
}
