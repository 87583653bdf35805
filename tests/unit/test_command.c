/* One command: who is asked, in which order, and what the core answers. */
#include "tests/unit/session_fixture.h"

static struct buffer heard; /* the points in the order they were asked */

static enum vb_verdict
hear(struct vb_session *s, const struct vb_event *event, int which)
{
	static const char *const names[] = {
		[VB_AT_CONNECT] = "connect",
		[VB_AT_BANNER] = "banner",
		[VB_AT_HELO] = "helo",
		[VB_AT_COMMAND] = "command",
		[VB_AT_MAIL] = "mail",
		[VB_AT_RCPT] = "rcpt",
		[VB_AT_DATA] = "data",
		[VB_AT_HEADER] = "header",
		[VB_AT_BODY] = "body",
		[VB_AT_MESSAGE] = "message",
		[VB_AT_STORED] = "stored",
		[VB_AT_REPLY] = "reply",
		[VB_AT_UNKNOWN] = "unknown",
		[VB_AT_TRANSACTION_END] = "transaction-end",
		[VB_AT_SESSION_END] = "session-end",
	};

	(void)s;
	if (which != 0)
		return VB_NEXT;
	buffer_printf(
	    &heard, "%s%s", heard.n == 0 ? "" : " ", names[event->point]);
	if (event->point == VB_AT_REPLY)
		buffer_printf(&heard, "=%d", event->code);
	if (event->point == VB_AT_COMMAND || event->point == VB_AT_UNKNOWN)
		buffer_printf(&heard, "=%.*s", VB_FMT(event->verb));
	return VB_NEXT;
}

static void
assert_heard(const char *what)
{
	assert_string_equal(heard.n == 0 ? "" : heard.p, what);
	heard.n = 0;
}

static void
asks_hooks_in_the_order_a_session_meets_them(void **state)
{
	static const struct {
		const char *input, *heard;
	} cases[] = {
		{ "helo a.test\r\n", "command=HELO helo reply=250" },
		{ "XNONE x\r\n", "unknown=XNONE reply=500" },
		{ "MAIL FROM:<>\r\n", "command=MAIL mail reply=250" },
		{ "RCPT TO:<smith@lab.test>\r\n",
		    "command=RCPT rcpt reply=250" },
		{ "DATA\r\n", "command=DATA data reply=354" },
		{ "\r\nx\r\n", "body" },
		{ ".\r\n", "message header stored reply=250 transaction-end" },
		/* What the core refuses, it asks no one about. */
		{ "DATA\r\n", "reply=503" },
		{ "DATA x\r\n", "reply=503" },
		{ "HELO\r\n", "reply=501" },
		{ "NOOP\n", "reply=500" },
		{ "NOOP\r\n", "command=NOOP reply=250" },
		{ "QUIT\r\n", "command=QUIT reply=221" },
	};
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_create(lab, MODERN);

	(void)state;
	lab->puppet->hook = hear;
	talk_start(t);
	assert_heard("connect banner reply=220");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		talk_feed(t, cases[i].input);
		buffer_add(&heard, "", 1);
		if (strcmp(heard.p, cases[i].heard) != 0)
			fail_msg("%s: %s", cases[i].input, heard.p);
		heard.n = 0;
	}
	talk_close(t);
	buffer_add(&heard, "", 1);
	assert_heard("session-end");
	buffer_finish(&heard);
	lab_close(lab);
}

static void
knows_verbs_in_any_case_and_blanks_around_words(void **state)
{
	static const char *const inputs[] = { "noop\r\n", "NoOp\r\n",
		"NOOP \r\n", "NOOP\t \r\n", "NOOP  x y  \r\n" };
	static const char *const unknown[] = { " NOOP\r\n", "\r\n", "NOOPX\r\n",
		"NOO\r\n", " \r\n", "NOOP:x\r\n", "N\xc3\x96OP\r\n" };
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		assert_talk(t, inputs[i], "250 2.0.0 OK\r\n");
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_talk(
		    t, unknown[i], "500 5.5.1 Command unrecognized\r\n");
	talk_close(t);
	lab_close(lab);
}

static void
a_faulty_line_is_answered_once_and_is_no_command(void **state)
{
	const struct {
		struct vb_str input;
		const char *says;
	} cases[] = {
		{ VB_STR("NOOP\n"),
		    "500 5.5.2 A line ends in CR LF, not in LF\r\n" },
		{ VB_STR("NOOP\rQUIT\r\n"), "500 5.5.2 CR without LF\r\n" },
		{ VB_STR("NOOP\0QUIT\r\n"),
		    "500 5.5.2 NUL is not for commands\r\n" },
	};
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);
	char line[2100];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		talk_feed_str(t, cases[i].input);
		assert_string_equal(talk_said(t), cases[i].says);
	}
	memset(line, 'x', sizeof(line));
	memcpy(line, "NOOP ", 5);
	memcpy(line + 2046, "\r\n", 3);
	assert_talk(t, line, "250 2.0.0 OK\r\n");
	memcpy(line + 2046, "x\r\n", 4);
	assert_talk(t, line, "500 5.5.6 Line too long\r\n");
	assert_false(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

static void
answers_503_to_what_comes_out_of_order(void **state)
{
	static const struct {
		const char *input, *says;
	} cases[] = {
		{ "MAIL FROM:<>\r\n", "503 5.5.1 Say HELO first\r\n" },
		{ "MAIL\r\n", "503 5.5.1 Say HELO first\r\n" },
		{ "HELO a.test\r\n", "250 mx.lab.test\r\n" },
		{ "RCPT TO:<x@y>\r\n",
		    "503 5.5.1 Needs a mail transaction: say MAIL first\r\n" },
		{ "DATA\r\n",
		    "503 5.5.1 Needs a mail transaction: say MAIL first\r\n" },
		{ "MAIL FROM:<>\r\n", "250 2.1.0 OK\r\n" },
		{ "DATA\r\n",
		    "503 5.5.1 Needs a recipient: say RCPT first\r\n" },
		{ "NARROW\r\n", "503 5.5.1 Not within a mail transaction\r\n" },
		{ "RSET\r\n", "250 2.0.0 OK\r\n" },
		{ "NARROW\r\n", "550 4.3.0 Local error, try again later\r\n" },
	};
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_talk(t, cases[i].input, cases[i].says);
	talk_close(t);
	lab_close(lab);
}

static void
a_verb_that_is_disabled_is_answered_as_the_site_says(void **state)
{
	static const struct {
		const char *site, *says;
	} cases[] = {
		{ "disable = [\"NOOP\"];",
		    "502 5.5.1 NOOP is not available here\r\n" },
		{ "disable = [\"NOOP\"]; disabled_reply = 550;",
		    "550 5.5.1 NOOP is not available here\r\n" },
		{ "disable = [\"NOOP\"]; disabled_reply = 252;",
		    "252 2.5.0 NOOP is not available here\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab *lab = lab_open(cases[i].site, false);
		struct talk *t = talk_open(lab, MODERN);

		/* However often: a probe is not an attack. */
		for (int n = 0; n < 200; n++)
			assert_talk(t, "NOOP x\r\n", cases[i].says);
		talk_close(t);
		lab_close(lab);
	}
}

static void
ends_after_too_many_errors_or_too_much_junk(void **state)
{
	struct lab *lab = lab_open("limits: { errors = 2; junk = 3; };", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_codes(t, "X\r\nMAIL\r\n", "500 503");
	assert_talk(t, "HELO\r\nNOOP\r\n",
	    "421 4.7.0 mx.lab.test Too many errors, closing\r\n");
	assert_true(session_is_over(t->session));
	talk_close(t);
	t = talk_open(lab, OLD);
	assert_codes(t, "HELO a\r\nNOOP\r\nNOOP\r\n", "250 250 250");
	assert_talk(t, "RSET\r\nNOOP\r\n",
	    "421 mx.lab.test Too many commands without mail\r\n");
	assert_true(session_is_over(t->session));
	talk_close(t);
	/* Mail makes good for junk. */
	t = talk_open(lab, MODERN);
	for (int i = 0; i < 5; i++) {
		talk_said(t);
		assert_codes(t, ENVELOPE MESSAGE "NOOP\r\nNOOP\r\n",
		    "250 250 250 354 250 250 250");
	}
	talk_close(t);
	lab_close(lab);
}

static void
closes_on_http(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_talk(t, "POST / HTTP/1.1\r\nHELO a\r\n",
	    "421 4.7.0 mx.lab.test This is SMTP, not HTTP\r\n");
	assert_true(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_hooks_in_the_order_a_session_meets_them),
		cmocka_unit_test(
		    knows_verbs_in_any_case_and_blanks_around_words),
		cmocka_unit_test(
		    a_faulty_line_is_answered_once_and_is_no_command),
		cmocka_unit_test(answers_503_to_what_comes_out_of_order),
		cmocka_unit_test(
		    a_verb_that_is_disabled_is_answered_as_the_site_says),
		cmocka_unit_test(ends_after_too_many_errors_or_too_much_junk),
		cmocka_unit_test(closes_on_http),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
