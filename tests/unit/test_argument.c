/* The argument of a command, by the form of its verb. */
#include "tests/unit/session_fixture.h"

#define HELO_501  "501 5.5.4 Syntax: HELO <domain>\r\n"
#define MAIL_501  "501 5.5.4 Syntax: MAIL FROM:<reverse-path>\r\n"
#define MAIL_PATH "501 5.1.7 Syntax: MAIL FROM:<reverse-path>\r\n"
#define RCPT_501  "501 5.5.4 Syntax: RCPT TO:<forward-path>\r\n"
#define RCPT_PATH "501 5.1.3 Syntax: RCPT TO:<forward-path>\r\n"
#define OK_MAIL   "250 2.1.0 OK\r\n"

static void
splits_a_word_off_and_trims_the_rest(void **state)
{
	static const struct {
		const char *text, *word, *rest;
	} cases[] = {
		{ "", "", "" },
		{ "a", "a", "" },
		{ "a b", "a", "b" },
		{ "a  \tb c \t ", "a", "b c" },
		{ " a", "", "a" },
		{ "a\t", "a", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_str text = vb_str(cases[i].text);
		struct vb_str word = argument_word(&text);

		assert_true(vb_str_eq(word, vb_str(cases[i].word)));
		assert_true(vb_str_eq(text, vb_str(cases[i].rest)));
	}
}

static void
takes_what_fits_the_form_and_answers_the_rest_with_the_syntax(void **state)
{
	static const struct {
		const char *before, *input, *says;
	} cases[] = {
		{ "", "HELO\r\n", HELO_501 },
		{ "", "HELO a b\r\n", HELO_501 },
		{ "", "HELO [192.0.2.9]\r\n", "250 mx.lab.test\r\n" },
		{ "", "HELO   a.test  \r\n", "250 mx.lab.test\r\n" },
		{ "", "RSET x\r\n", "501 5.5.4 Syntax: RSET\r\n" },
		{ "", "QUIT now\r\n", "501 5.5.4 Syntax: QUIT\r\n" },
		{ "", "NOOP x y z\r\n", "250 2.0.0 OK\r\n" },
		{ "", "STRICT\r\n", "501 5.5.4 Syntax: STRICT <string>\r\n" },
		{ "HELO a\r\n", "MAIL\r\n", MAIL_501 },
		{ "HELO a\r\n", "MAIL TO:<a@b>\r\n", MAIL_501 },
		{ "HELO a\r\n", "MAIL FROM <a@b>\r\n", MAIL_501 },
		{ "HELO a\r\n", "MAIL FROM :<a@b>\r\n", MAIL_501 },
		{ "HELO a\r\n", "MAIL FROM:a@b\r\n", MAIL_PATH },
		{ "HELO a\r\n", "MAIL FROM:<a@b\r\n", MAIL_PATH },
		{ "HELO a\r\n", "MAIL FROM:<a@b>x\r\n", MAIL_PATH },
		{ "HELO a\r\n", "MAIL FROM:<a@b>\r\n", OK_MAIL },
		{ "HELO a\r\n", "MAIL FROM:<>\r\n", OK_MAIL },
		{ "HELO a\r\n", "mail from:<a@b>  \r\n", OK_MAIL },
		{ "HELO a\r\nMAIL FROM:<>\r\n", "RCPT TO:<>\r\n", RCPT_PATH },
		{ "HELO a\r\nMAIL FROM:<>\r\n", "RCPT FROM:<a@b>\r\n",
		    RCPT_501 },
		{ "HELO a\r\nMAIL FROM:<>\r\n", "rcpt to:<smith@lab.test>\r\n",
		    "250 2.1.5 OK\r\n" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		talk_feed(t, cases[i].before);
		talk_said(t);
		talk_feed(t, cases[i].input);
		if (strcmp(talk_said(t), cases[i].says) != 0)
			fail_msg("%s: %s", cases[i].input, t->said.p);
		talk_close(t);
	}
	lab_close(lab);
}

static struct vb_argument seen;
static char seen_text[64];

static enum vb_verdict
see(struct vb_session *s, const struct vb_argument *a, bool more)
{
	(void)more;
	seen = *a;
	snprintf(seen_text, sizeof(seen_text), "%.*s", VB_FMT(a->text));
	return vb_reply(s, 250, NULL, "Seen");
}

static void
hands_a_string_to_the_verb_as_it_was_written(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = see;
	assert_codes(t, "strict  \"Joe  X\" <a@B>\t\r\n", "250");
	assert_string_equal(seen_text, "\"Joe  X\" <a@B>");
	assert_int_equal(seen.size, sizeof(seen));
	assert_codes(t, "PLAY\r\n", "250");
	assert_string_equal(seen_text, "");
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_a_word_off_and_trims_the_rest),
		cmocka_unit_test(
		    takes_what_fits_the_form_and_answers_the_rest_with_the_syntax),
		cmocka_unit_test(hands_a_string_to_the_verb_as_it_was_written),
	};

	return cmocka_run_group_tests_name("argument", tests, NULL, NULL);
}
