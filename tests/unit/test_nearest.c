/* Which name was meant? */
#include "core/module/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
finds_the_name_with_the_fewest_changes(void **state)
{
	static const char *const names[] = { "disclose", "disclosed", "to",
		"tls", "candidates", "command_timeout", "session_timeout" };
	static const struct {
		const char *written, *best;
	} cases[] = {
		{ "disclos", "disclose" }, { "discloze", "disclose" },
		{ "idsclose", "disclose" }, { "disclosedd", "disclosed" },
		{ "xdisclosex", "disclose" },
		{ "xxdisclosexx", "disclose" }, /* 4 of 12 letters */
		{ "xxxdiscxxx", NULL }, { "comand_timeot", "command_timeout" },
		{ "timeout", NULL }, { "tsl", NULL }, /* two of three letters */
		{ "tl", "to" }, { "tlss", "tls" }, { "x", NULL }, { "", NULL },
		{ "nothing", NULL },
		{ "disclosedisclosedisclosedisclosedisclosedisclosedisclose"
		  "disclosed",
		    NULL }, /* 65 letters */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nearest n = nearest_begin(vb_str(cases[i].written));

		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			nearest_try(&n, names[j]);
		if ((n.best == NULL) != (cases[i].best == NULL) ||
		    !vb_str_eq(vb_str(n.best), vb_str(cases[i].best)))
			fail_msg("\"%s\": %s", cases[i].written,
			    n.best == NULL ? "(none)" : n.best);
	}
}

static void
tries_names_as_long_as_any(void **state)
{
	static const char name[] =
	    "a234567890123456789012345678901234567890123456789012345678901234";
	struct nearest n = nearest_begin((struct vb_str){ name, 64 });

	(void)state;
	nearest_try(&n, name);
	assert_ptr_equal(n.best, name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_name_with_the_fewest_changes),
		cmocka_unit_test(tries_names_as_long_as_any),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
