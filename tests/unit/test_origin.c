/* Where a scope has its settings from. */
#include "core/smtp/origin.h"

#include "tests/unit/session_fixture.h"

/* The lines count from the beginning of the site's settings. */
static const char sites[] = "\n"
			    "disable = [ \"NOOP\", \"HELP\" ];\n"
			    "limits: { errors = 7;\n"
			    "  junk = 8; };\n"
			    "policy = ( { verbs = [ \"RSET\", \"NOOP\" ]; },\n"
			    "  { verbs = [ \"RSET\" ]; } );\n"
			    "clients = ( { match = [ \"10.0.0.0/8\" ];\n"
			    "  enable = [ \"NOOP\" ];\n"
			    "  limits: { errors = 9; }; } );\n";

/* The line in that text, 0 for a default. */
static int
line_of(const struct lab *lab, const config_setting_t *at)
{
	const struct conf *conf = lab->generation->conf;
	const config_setting_t *limits = origin_setting(
	    lab->generation->sites->items[MODERN].everyone, "limits");

	return at == NULL ? 0
	                  : conf_place(conf, at).line -
	                        conf_place(conf, limits).line + 3;
}

static void
tells_the_line_that_decided(void **state)
{
	struct lab *lab = lab_open(sites, false);
	const struct site *site = &lab->generation->sites->items[MODERN];
	const struct scope *all = site->everyone, *ten = site->rules[0].scope;

	(void)state;
	assert_int_equal(line_of(lab, origin_setting(all, "limits.junk")), 4);
	assert_int_equal(line_of(lab, origin_setting(ten, "limits.junk")), 4);
	assert_int_equal(line_of(lab, origin_setting(all, "limits.errors")), 3);
	assert_int_equal(line_of(lab, origin_setting(ten, "limits.errors")), 9);
	assert_int_equal(line_of(lab, origin_setting(all, "limits.line")), 0);
	assert_int_equal(line_of(lab, origin_setting(all, "vrfy.none")), 0);
	assert_non_null(origin_verb(all, VB_STR("vrfy")));
	assert_int_equal(line_of(lab, origin_verb(all, VB_STR("HELP"))), 2);
	assert_int_equal(line_of(lab, origin_verb(all, VB_STR("NOOP"))), 2);
	assert_int_equal(line_of(lab, origin_verb(ten, VB_STR("NOOP"))), 8);
	assert_int_equal(line_of(lab, origin_verb(ten, VB_STR("HELP"))), 2);
	assert_int_equal(line_of(lab, origin_verb(all, VB_STR("QUIT"))), 0);
	assert_int_equal(line_of(lab, origin_policy(all, VB_STR("RSET"))), 6);
	assert_int_equal(line_of(lab, origin_policy(ten, VB_STR("NOOP"))), 5);
	assert_int_equal(line_of(lab, origin_policy(all, VB_STR("HELP"))), 0);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_line_that_decided),
	};

	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
