/* What modules find wrong with what their settings name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/module/check.h"

static void
becomes_a_problem_of_that_place_and_once(void **state)
{
	struct problems p = { 0 };
	struct vb_check c = { .problems = &p };

	(void)state;
	for (int i = 0; i < 2; i++) {
		check_wrong(&c, "/etc/aliases", 3, "%s has %s", "ann", "none");
		check_wrong(&c, "/etc/aliases", 0, "is a directory");
		check_wrong(&c, NULL, 0, "no server");
	}
	assert_int_equal(p.n, 3);
	assert_string_equal(p.items[0].file, "/etc/aliases");
	assert_int_equal(p.items[0].line, 3);
	assert_string_equal(p.items[0].text, "ann has none");
	assert_int_equal(p.items[1].line, 0);
	assert_null(p.items[2].file);
	problems_finish(&p);
}

static void
is_one_line_that_can_be_printed(void **state)
{
	struct problems p = { 0 };
	struct vb_check c = { .problems = &p };
	char text[10001];

	(void)state;
	check_wrong(&c, "f", 1, "a\nb\033[2J");
	assert_string_equal(p.items[0].text, "a\\nb\\x1B[2J");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	check_wrong(&c, "f", 2, "%s", text);
	assert_int_equal(strlen(p.items[1].text), 500);
	problems_finish(&p);
}

static void
tells_a_thousand_and_that_there_are_more(void **state)
{
	struct problems p = { 0 };
	struct vb_check c = { .problems = &p };

	(void)state;
	for (int i = 1; i <= 2000; i++)
		check_wrong(&c, "f", i, "is wrong");
	assert_int_equal(p.n, 1001);
	assert_int_equal(p.items[999].line, 1000);
	assert_string_equal(
	    p.items[1000].text, "these are 1000, there may be more");
	problems_finish(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(becomes_a_problem_of_that_place_and_once),
		cmocka_unit_test(is_one_line_that_can_be_printed),
		cmocka_unit_test(tells_a_thousand_and_that_there_are_more),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
