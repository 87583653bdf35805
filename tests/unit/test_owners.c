/* A verb or a keyword of EHLO belongs to one module. */
#include "core/module/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
names_both_modules_that_have_a_verb_or_a_keyword(void **state)
{
	static const struct vb_verb one[] = { { VB_VERB, .name = "A" }, { 0 } };
	static const struct vb_verb two[] = { { VB_VERB, .name = "B" },
		{ VB_VERB, .name = "A" }, { VB_VERB, .name = "B" }, { 0 } };
	static const struct vb_extension keyword[] = {
		{ VB_EXTENSION, .keyword = "K" }, { 0 }
	};
	static const struct vb_extension keywords[] = { { VB_EXTENSION,
							    .keyword = "A" },
		{ VB_EXTENSION, .keyword = "K" },
		{ VB_EXTENSION, .keyword = "A" }, { 0 } };
	static const struct module items[] = {
		{ .name = "one",
		    .path = "one.so",
		    .file = "conf",
		    .line = 1,
		    .is.verbs = one,
		    .is.extensions = keyword },
		{ .name = "none", .path = "none.so" },
		{ .name = "two",
		    .path = "two.so",
		    .file = "conf",
		    .line = 3,
		    .is.verbs = two,
		    .is.extensions = keywords },
	};
	const struct modules modules = { items, 3 };
	struct problems problems = { 0 };
	struct faults faults = { &problems, 0 };

	(void)state;
	rules_judge_owners(&modules, &faults);
	assert_int_equal(problems.n, 4);
	assert_string_equal(problems.items[0].text,
	    "module \"two\" (two.so): "
	    "offers the verb A, as module \"one\" (conf:1) does");
	assert_string_equal(problems.items[1].text,
	    "module \"two\" (two.so): offers the verb B twice");
	assert_int_equal(problems.items[1].line, 3);
	assert_string_equal(problems.items[2].text,
	    "module \"two\" (two.so): "
	    "offers the keyword K, as module \"one\" (conf:1) does");
	assert_string_equal(problems.items[3].text,
	    "module \"two\" (two.so): offers the keyword A twice");
	problems_finish(&problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_both_modules_that_have_a_verb_or_a_keyword),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
