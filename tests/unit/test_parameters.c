/* What stands behind the path of MAIL and RCPT. */
#include "tests/unit/session_fixture.h"

#define EHLO     "EHLO a.test\r\n"
#define MAIL_501 "501 5.5.4 Syntax: MAIL FROM:<reverse-path>\r\n"
#define OK_MAIL  "250 2.1.0 OK\r\n"

struct spoken {
	const char *input, *says;
};

static void
assert_spoken(
    int site, const char *before, const struct spoken *cases, size_t n)
{
	struct lab *lab = lab_open("limits: { message = \"1000\"; };", false);

	for (size_t i = 0; i < n; i++) {
		struct talk *t = talk_open(lab, site);

		talk_feed(t, before);
		talk_said(t);
		talk_feed(t, cases[i].input);
		if (strcmp(talk_said(t), cases[i].says) != 0)
			fail_msg("%s: %s", cases[i].input, t->said.p);
		talk_close(t);
	}
	lab_close(lab);
}

#define ASSERT_SPOKEN(site, before, cases) \
	assert_spoken(site, before, cases, sizeof(cases) / sizeof((cases)[0]))

static void
takes_what_ehlo_advertised_and_answers_the_rest(void **state)
{
	static const struct spoken cases[] = {
		{ "MAIL FROM:<a@b> SIZE=1000\r\n", OK_MAIL },
		{ "MAIL FROM:<a@b>   size=0  \r\n", OK_MAIL },
		{ "MAIL FROM:<> BODY=8BITMIME SIZE=10\r\n", OK_MAIL },
		{ "MAIL FROM:<> body=7bit\r\n", OK_MAIL },
		{ "MAIL FROM:<> SIZE=1001\r\n",
		    "552 5.3.4 Messages may have 1000 octets\r\n" },
		{ "MAIL FROM:<> SIZE=99999999999999999999\r\n",
		    "552 5.3.4 Messages may have 1000 octets\r\n" },
		{ "MAIL FROM:<> SIZE=999999999999999999999\r\n",
		    "501 5.5.4 Syntax: SIZE=<octets>\r\n" },
		{ "MAIL FROM:<> SIZE=1k\r\n",
		    "501 5.5.4 Syntax: SIZE=<octets>\r\n" },
		{ "MAIL FROM:<> SIZE\r\n",
		    "501 5.5.4 Syntax: SIZE=<octets>\r\n" },
		{ "MAIL FROM:<> BODY=BINARYMIME\r\n",
		    "501 5.5.4 Syntax: BODY=7BIT or BODY=8BITMIME\r\n" },
		{ "MAIL FROM:<> SIZE=\r\n", MAIL_501 },
		{ "MAIL FROM:<> =3\r\n", MAIL_501 },
		{ "MAIL FROM:<> -X=3\r\n", MAIL_501 },
		{ "MAIL FROM:<> SIZE=3=4\r\n", MAIL_501 },
		{ "MAIL FROM:<> S!ZE=3\r\n", MAIL_501 },
		{ "MAIL FROM:<> SIZE=3\tX\r\n", MAIL_501 },
		{ "MAIL FROM:<> SIZE=3 size=4\r\n",
		    "501 5.5.4 This comes twice: SIZE\r\n" },
		{ "MAIL FROM:<> x-none=3\r\n",
		    "555 5.5.4 Parameter not known here: X-NONE\r\n" },
		{ "MAIL FROM:<a@b>SIZE=3\r\n",
		    "501 5.1.7 Syntax: MAIL FROM:<reverse-path>\r\n" },
	};

	(void)state;
	ASSERT_SPOKEN(MODERN, EHLO, cases);
}

static void
a_parameter_of_mail_is_none_of_rcpt(void **state)
{
	static const struct spoken cases[] = {
		{ "RCPT TO:<smith@lab.test> SIZE=3\r\n",
		    "555 5.5.4 Parameter not known here: SIZE\r\n" },
		{ "RCPT TO:<smith@lab.test> \r\n", "250 2.1.5 OK\r\n" },
	};

	(void)state;
	ASSERT_SPOKEN(MODERN, EHLO "MAIL FROM:<>\r\n", cases);
}

static void
who_says_helo_has_no_parameters(void **state)
{
	static const struct spoken cases[] = {
		{ "MAIL FROM:<> SIZE=3\r\n",
		    "555 5.5.4 Parameters are not for HELO: SIZE\r\n" },
	};

	(void)state;
	ASSERT_SPOKEN(MODERN, "HELO a.test\r\n", cases);
	ASSERT_SPOKEN(MODERN, EHLO "HELO a.test\r\n", cases);
}

static void
in_1982_there_were_no_parameters_and_no_555(void **state)
{
	static const struct spoken cases[] = {
		{ "MAIL FROM:<a@b> SIZE=3\r\n",
		    "501 Parameters are not for HELO: SIZE\r\n" },
		{ "MAIL FROM:\r\n",
		    "501 Syntax: MAIL FROM:<reverse-path>\r\n" },
	};

	(void)state;
	ASSERT_SPOKEN(OLD, "HELO a.test\r\n", cases);
}

static void
an_extension_that_is_disabled_brings_no_parameter(void **state)
{
	struct lab *lab = lab_open("disable = [ \"size\" ];", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	talk_feed(t, EHLO);
	assert_null(strstr(talk_said(t), "SIZE"));
	assert_talk(t, "MAIL FROM:<> SIZE=3\r\n",
	    "555 5.5.4 Parameter not known here: SIZE\r\n");
	assert_codes(t, "MAIL FROM:<> BODY=7BIT\r\n", "250");
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    takes_what_ehlo_advertised_and_answers_the_rest),
		cmocka_unit_test(a_parameter_of_mail_is_none_of_rcpt),
		cmocka_unit_test(who_says_helo_has_no_parameters),
		cmocka_unit_test(in_1982_there_were_no_parameters_and_no_555),
		cmocka_unit_test(
		    an_extension_that_is_disabled_brings_no_parameter),
	};

	return cmocka_run_group_tests_name("parameters", tests, NULL, NULL);
}
