/* May this client use this verb, now? */
#include "tests/unit/session_fixture.h"

static void
assert_talks(const char *sites, int site, const char *input, const char *codes)
{
	struct lab *lab = lab_open(sites, false);
	struct talk *t = talk_open(lab, site);

	talk_feed(t, input);
	if (strcmp(talk_codes(t), codes) != 0)
		fail_msg("%s\n%s is not %s", sites, t->said.p, codes);
	talk_close(t);
	lab_close(lab);
}

#define DISABLED "disable = [ \"VRFY\" ]; "

static void
a_disabled_verb_is_answered_what_the_scope_says(void **state)
{
	static const struct {
		const char *sites, *codes;
	} cases[] = {
		{ DISABLED, "502" },
		{ DISABLED "disabled_reply = 252;", "252" },
		{ DISABLED "disabled_reply = 500;", "500" },
		{ DISABLED "disabled_reply = 550;", "550" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_talks(
		    cases[i].sites, MODERN, "VRFY smith\r\n", cases[i].codes);
		assert_talks(cases[i].sites, OLD, "vrfy\r\n", cases[i].codes);
	}
}

/* With one more the session would end with 421. */
static void
a_disabled_verb_is_neither_an_error_nor_junk(void **state)
{
	(void)state;
	assert_talks(DISABLED "limits: { errors = 1; junk = 1; };", MODERN,
	    "VRFY a\r\nVRFY b\r\nVRFY c\r\nNOOP\r\n", "502 502 502 250");
}

static void
more_than_the_rate_of_a_verb_is_answered_as_the_verb_has_it(void **state)
{
#define RATE(verb) \
	"policy = ( { verbs = [ \"" verb "\" ]; rate = \"2/1m\"; } );"
	static const struct {
		const char *sites, *input, *codes[2];
	} cases[] = {
		{ RATE("VRFY"), "VRFY a\r\nVRFY b\r\nVRFY c\r\nEXPN a\r\n",
		    { "252 252 252 252", "504 504 504 504" } },
		{ RATE("HELP"), "HELP\r\nHELP\r\nHELP\r\nNOOP\r\n",
		    { "214 214 504 250", "214 214 504 250" } },
		{ RATE("MAIL"),
		    "HELO a\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\n"
		    "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<smith>\r\n",
		    { "250 250 250 250 250 451 503",
			"250 250 250 250 250 451 503" } },
		{ RATE("RCPT"),
		    "HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<smith>\r\n"
		    "RCPT\r\nRCPT TO:<jsmith>\r\n",
		    { "250 250 250 501 450", "250 250 250 501 450" } },
		{ RATE("ETRN"),
		    "HELO a.test\r\nETRN x.test\r\nETRN x.test\r\n"
		    "ETRN x.test\r\n",
		    { "250 459 459 458", "250 502 502 502" } },
		{ RATE("NOOP"), "NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n",
		    { "250 250 421", "250 250 421" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int site = MODERN; site <= OLD; site++)
			assert_talks(cases[i].sites, site, cases[i].input,
			    cases[i].codes[site]);
}

static void
says_too_often_and_logs_it(void **state)
{
	struct lab *lab = lab_open(RATE("EXPN"), false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_codes(t, "EXPN a\r\nEXPN b\r\n", "252 252");
	free(log_take());
	assert_talk(
	    t, "EXPN c\r\n", "252 2.7.1 Too often, try again later\r\n");
	assert_logged(1, "too-often session=S1 site=modern client=192.0.2.7 "
			 "verb=EXPN");
	talk_close(t);
	lab_close(lab);
}

#define REQUIRE(what) \
	"policy = ( { verbs = [ \"VRFY\" ]; require = [ " what " ]; } );"

static void
what_a_verb_requires_is_told_and_the_verb_hidden(void **state)
{
	static const struct {
		const char *sites, *says;
	} cases[] = {
		{ REQUIRE("\"tls\""), "530 5.7.0 VRFY needs TLS first\r\n" },
		{ REQUIRE("\"auth\""),
		    "530 5.7.0 VRFY needs authentication first\r\n" },
		{ REQUIRE("\"auth\", \"tls\""),
		    "530 5.7.0 VRFY needs TLS first\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab = lab_open(cases[i].sites, false);
		struct talk *t = talk_open(lab, MODERN);

		assert_talk(t, "VRFY smith\r\n", cases[i].says);
		assert_codes(t, "HELP VRFY\r\nHELP EXPN\r\n", "504 214");
		talk_feed(t, "EHLO a\r\n");
		assert_null(strstr(talk_said(t), "VRFY"));
		talk_close(t);
		lab_close(lab);
	}
	assert_talks(REQUIRE("\"tls\""), OLD, "VRFY smith\r\n", "502");
}

static void
the_last_entry_that_names_a_verb_counts(void **state)
{
	static const char *const sites =
	    "policy = ( { verbs = [ \"VRFY\", \"EXPN\" ]; "
	    "require = [ \"tls\" ]; }, { verbs = [ \"VRFY\" ]; } );";

	(void)state;
	assert_talks(sites, MODERN, "VRFY a\r\nEXPN a\r\n", "252 530");
}

static void
tells_what_is_wrong_with_a_rate(void **state)
{
	static const struct {
		const char *text;
		uint64_t most;
		int64_t seconds;
	} cases[] = {
		{ "10/1m", 10, 60 },
		{ "1/7d", 1, 604800 },
		{ "", 0, 0 },
		{ "10", 0, 0 },
		{ "10/", 0, 0 },
		{ "/1m", 0, 0 },
		{ "0/1m", 0, 0 },
		{ "-1/1m", 0, 0 },
		{ "1/0", 0, 0 },
		{ "1/8d", 0, 0 },
		{ "1/1m/2", 0, 0 },
		{ "9999999999/1m", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verb_rate rate;
		const char *wrong = settings_rate(vb_str(cases[i].text), &rate);

		if (cases[i].most > 0 || cases[i].text[0] == '\0')
			assert_null(wrong);
		else
			assert_string_equal(wrong,
			    "want how many times in which time, \"10/1m\"");
		if (wrong != NULL)
			continue;
		assert_int_equal(rate.most, cases[i].most);
		assert_int_equal(rate.window.value, cases[i].seconds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_disabled_verb_is_answered_what_the_scope_says),
		cmocka_unit_test(a_disabled_verb_is_neither_an_error_nor_junk),
		cmocka_unit_test(
		    more_than_the_rate_of_a_verb_is_answered_as_the_verb_has_it),
		cmocka_unit_test(says_too_often_and_logs_it),
		cmocka_unit_test(
		    what_a_verb_requires_is_told_and_the_verb_hidden),
		cmocka_unit_test(the_last_entry_that_names_a_verb_counts),
		cmocka_unit_test(tells_what_is_wrong_with_a_rate),
	};

	return cmocka_run_group_tests_name("permit", tests, NULL, NULL);
}
