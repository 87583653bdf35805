/* Is a configuration read, told where wrong, and kept as it was read? */
#include "core/io/conf.h"

#include "tests/unit/conf_files.h"

static void
assert_refused(const char *expected)
{
	struct problems problems = { 0 };

	assert_null(conf_read("a", &problems));
	assert_problems(&problems, expected);
}

static struct conf *
read_good(const char *file)
{
	struct problems problems = { 0 };
	struct conf *c = conf_read(file, &problems);

	assert_problems(&problems, "");
	assert_non_null(c);
	return c;
}

/* Reads back what was written; twice, since many read one snapshot. */
static struct conf *
through_a_snapshot(const struct conf *c)
{
	struct problems problems = { 0 };
	FILE *f = tmpfile();
	struct conf *again;

	assert_non_null(f);
	assert_true(conf_write(c, fileno(f)));
	again = conf_read_snapshot(fileno(f), &problems);
	assert_problems(&problems, "");
	assert_non_null(again);
	conf_destroy(again);
	again = conf_read_snapshot(fileno(f), &problems);
	assert_non_null(again);
	fclose(f);
	return again;
}

static void
assert_place(
    const struct conf *c, const config_setting_t *s, const char *file, int line)
{
	struct conf_place place = conf_place(c, s);

	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static const config_setting_t *
member(const struct conf *c, const char *name)
{
	const config_setting_t *s = config_setting_get_member(
	    conf_root(c), name);

	assert_non_null(s);
	return s;
}

static void
assert_places(const struct conf *c)
{
	const config_setting_t *list = member(c, "list");

	assert_place(c, conf_root(c), "a", 0);
	assert_place(c, member(c, "one"), "a", 1);
	assert_place(c, member(c, "two"), "b", 2);
	assert_place(c, member(c, "three"), "a", 3);
	assert_place(c, list, "a", 4);
	assert_place(c, config_setting_get_elem(list, 0), "a", 5);
	assert_place(c, config_setting_get_elem(list, 1), "a", 6);
	assert_place(c, config_setting_get_elem(list, 2), "a", 8);
	assert_int_equal(config_setting_get_int(member(c, "two")), 2);
	assert_string_equal(config_setting_get_string_elem(list, 0), "x");
}

static void
write_two_files(void)
{
	write_file("a",
	    "one = 1;\n@include \"b\"\nthree = 3;\nlist = (\n\"x\"\n, "
	    "{ y = 1; },\n# z\n\"z\"\n);\n");
	write_file("b", "\ntwo = 2;");
}

static void
knows_file_and_line_of_each_setting(void **state)
{
	struct conf *c;

	(void)state;
	write_two_files();
	c = read_good("a");
	assert_places(c);
	conf_destroy(c);
}

static void
keeps_values_and_places_in_a_snapshot(void **state)
{
	struct conf *c, *again;

	(void)state;
	write_two_files();
	c = read_good("a");
	unlink("a");
	unlink("b");
	again = through_a_snapshot(c);
	conf_destroy(c);
	assert_places(again);
	conf_destroy(again);
}

static void
keeps_any_file_name_in_a_snapshot(void **state)
{
	static const char *const names[] = { "a\nb", "a\"b", "a\\n\\x41\\",
		"\x01\xc3\xa9\x7f", "#text\n", " a ", "a\n#line 1 1 b" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct conf *c, *again;

		write_file(names[i], "a = 1;\n");
		c = read_good(names[i]);
		again = through_a_snapshot(c);
		assert_place(again, member(again, "a"), names[i], 1);
		conf_destroy(c);
		conf_destroy(again);
		unlink(names[i]);
	}
}

static void
takes_nothing_in_the_text_for_its_own(void **state)
{
	struct conf *c, *again;

	(void)state;
	write_file("a", "#line 7 7 x\n#text\na = \"\n#line 9 9 y\n\";\nb = 1;");
	c = read_good("a");
	again = through_a_snapshot(c);
	assert_place(again, member(again, "b"), "a", 6);
	assert_string_equal(
	    config_setting_get_string(member(again, "a")), "\n#line 9 9 y\n");
	conf_destroy(c);
	conf_destroy(again);
}

static void
reads_an_empty_file(void **state)
{
	struct conf *c;

	(void)state;
	write_file("a", "");
	c = read_good("a");
	assert_int_equal(config_setting_length(conf_root(c)), 0);
	conf_destroy(through_a_snapshot(c));
	conf_destroy(c);
}

static void
refuses_what_is_no_snapshot(void **state)
{
	static const char *const texts[] = { "", "a = 1;",
		"#verbena configuration\n",
		"#verbena configuration\n#text\na = 1;",
		"#verbena configuration\n#line 1 1 a",
		"#verbena configuration\n#line 1 1 a\\x4",
		"#verbena configuration\n#line 1 1 a\n",
		"#verbena configuration\n#line 2 1 a\n#text\n",
		"#verbena configuration\n#line 1 0 a\n#text\n",
		"#verbena configuration\n#line 1 1a\n#text\n",
		"#verbena configuration\n#line 99999999999 1 a\n#text\n",
		"#verbena configuration\n#line 4294967297 1 a\n#text\n",
		"#verbena configuration\n#line 1 1 a\n#line 1 1 a\n#text\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct problems problems = { 0 };
		FILE *f = tmpfile();

		assert_non_null(f);
		fputs(texts[i], f);
		fflush(f);
		assert_null(conf_read_snapshot(fileno(f), &problems));
		assert_problems(
		    &problems, "the configuration's snapshot is not one\n");
		fclose(f);
	}
}

static void
tells_that_a_snapshot_cannot_be_read_or_written(void **state)
{
	struct problems problems = { 0 };
	struct conf *c;

	(void)state;
	assert_null(conf_read_snapshot(-1, &problems));
	assert_problems(
	    &problems, "the configuration's snapshot: Bad file descriptor\n");
	write_file("a", "");
	c = read_good("a");
	assert_false(conf_write(c, -1));
	conf_destroy(c);
}

static void
tells_a_syntax_error_alone_and_where(void **state)
{
	static const struct {
		const char *b, *problem;
	} cases[] = {
		{ "x = ;\ny = ;", "b:1: syntax error\n" },
		{ "\n\nx = 1;;\n", "b:3: syntax error\n" },
		{ "x = 1;\nx = 2;",
		    "b:2: a setting on this line is in its group already\n" },
		{ "\none = 2;",
		    "b:2: a setting on this line is in its group already\n" },
		{ "x = [ 1,\n \"a\" ];",
		    "b:2: an array, [ ... ], has values of one type; use a "
		    "list, ( ... )\n" },
		{ "x =", "a:3: syntax error\n" },
		{ "x = 1;", "a:4: syntax error\n" },
	};

	(void)state;
	write_file("a", "one = 1;\n@include \"b\"\ntwo = 2;\nthree = ?;");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file("b", cases[i].b);
		assert_refused(cases[i].problem);
	}
}

static void
tells_what_is_nested_too_deeply(void **state)
{
	enum { DEPTH = 5000 };
	char *text = malloc(DEPTH + 8);

	(void)state;
	assert_non_null(text);
	memcpy(text, "a=", 2);
	memset(text + 2, '(', DEPTH);
	text[DEPTH + 2] = '\0';
	write_file("a", text);
	free(text);
	assert_refused("a:1: groups are nested too deeply\n");
}

static void
tells_truncated_integers_before_any_syntax_error(void **state)
{
	(void)state;
	write_file("a", "x = ;\ny = 5000000000;");
	assert_refused("a:2: 5000000000 does not fit into 32 bits; write "
		       "5000000000L\n");
}

static void
tells_a_file_that_is_not_there(void **state)
{
	(void)state;
	unlink("a");
	assert_refused("a: No such file or directory\n");
	conf_destroy(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_file_and_line_of_each_setting),
		cmocka_unit_test(keeps_values_and_places_in_a_snapshot),
		cmocka_unit_test(keeps_any_file_name_in_a_snapshot),
		cmocka_unit_test(takes_nothing_in_the_text_for_its_own),
		cmocka_unit_test(reads_an_empty_file),
		cmocka_unit_test(refuses_what_is_no_snapshot),
		cmocka_unit_test(
		    tells_that_a_snapshot_cannot_be_read_or_written),
		cmocka_unit_test(tells_a_syntax_error_alone_and_where),
		cmocka_unit_test(tells_what_is_nested_too_deeply),
		cmocka_unit_test(
		    tells_truncated_integers_before_any_syntax_error),
		cmocka_unit_test(tells_a_file_that_is_not_there),
	};

	return cmocka_run_group_tests_name(
	    "conf", tests, enter_new_directory, remove_directory);
}
