/* Are all problems kept, each once, in order? */
#include "core/base/problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

static void
assert_printed(const struct problems *problems, const char *expected)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	problems_print(problems, f);
	fclose(f);
	assert_string_equal(text, expected);
	free(text);
}

static void
prints_each_with_its_place_in_the_order_found(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	assert_printed(&problems, "");
	problems_add(&problems, "b", 2, "want %s", "this");
	problems_add(&problems, "a", 0, "is no file");
	problems_add(&problems, NULL, 0, "100%% wrong");
	problems_add(&problems, NULL, 7, "no file, no line");
	assert_printed(&problems,
	    "b:2: want this\na: is no file\n100% wrong\nno file, no line\n");
	problems_finish(&problems);
	assert_int_equal(problems.n, 0);
	problems_finish(&problems);
}

static void
keeps_what_it_is_told_twice_once(void **state)
{
	struct problems problems = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		problems_add(&problems, "a", 1, "x");
		problems_add(&problems, "a", 2, "x");
		problems_add(&problems, "b", 1, "x");
		problems_add(&problems, "a", 1, "y");
		problems_add(&problems, NULL, 1, "x");
	}
	assert_int_equal(problems.n, 5);
	problems_finish(&problems);
}

static void
keeps_copies(void **state)
{
	struct problems problems = { 0 };
	char file[] = "a", text[] = "x";

	(void)state;
	problems_add(&problems, file, 1, "%s", text);
	file[0] = text[0] = '?';
	assert_printed(&problems, "a:1: x\n");
	problems_finish(&problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_each_with_its_place_in_the_order_found),
		cmocka_unit_test(keeps_what_it_is_told_twice_once),
		cmocka_unit_test(keeps_copies),
	};

	return cmocka_run_group_tests_name("problems", tests, NULL, NULL);
}
