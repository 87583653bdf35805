/* What is wrong with a module is told with its name, file and place. */
#include "core/module/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
names_the_module_and_where_it_is_loaded(void **state)
{
	const struct module m = { .name = "vrfy",
		.path = "a/vrfy.so",
		.file = "verbena.conf",
		.line = 7 };
	struct problems problems = { 0 };
	struct faults faults = { &problems, 0 };

	(void)state;
	fault(&faults, &m, "has %d heads", 2);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.items[0].file, "verbena.conf");
	assert_int_equal(problems.items[0].line, 7);
	assert_string_equal(
	    problems.items[0].text, "module \"vrfy\" (a/vrfy.so): has 2 heads");
	problems_finish(&problems);
}

/* So that a fault counts although it was told before. */
static void
counts_what_is_told_again(void **state)
{
	const struct module m = { .name = "vrfy", .path = "a/vrfy.so" };
	struct problems problems = { 0 };
	struct faults faults = { &problems, 0 };

	(void)state;
	fault(&faults, &m, "is truncated");
	fault(&faults, &m, "is truncated");
	assert_int_equal(problems.n, 1);
	assert_int_equal(faults.n, 2);
	problems_finish(&problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_module_and_where_it_is_loaded),
		cmocka_unit_test(counts_what_is_told_again),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
