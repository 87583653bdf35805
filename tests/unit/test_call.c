/* Calling modules: what each verdict of each kind of function means. */
#include "tests/unit/session_fixture.h"

/* What one hook is to do; all others have no opinion. */
static struct {
	enum vb_point at;
	int which;
	enum vb_verdict verdict;
	int code; /* 0: it says nothing */
	bool waits_for_lookup;
} act;

static unsigned asked[VB_AT_SESSION_END + 1][2];

static enum vb_verdict
hook(struct vb_session *s, const struct vb_event *event, int which)
{
	const struct vb_path path = { .local = VB_STR("someone"),
		.domain = VB_STR("second.test"),
		.mailbox = VB_STR("someone@second.test") };

	asked[event->point][which]++;
	if (event->point != act.at || which != act.which)
		return VB_NEXT;
	if (act.waits_for_lookup)
		return vb_lookup(s, &path)->kind == VB_PENDING ? VB_WAIT
		                                               : act.verdict;
	if (act.code != 0)
		vb_reply(s, act.code, "5.7.0", "The toy says %d", act.code);
	return act.verdict;
}

/* A session whose next hook at this point does this. */
static struct talk *
open_talk(struct lab *lab, int site, enum vb_point at, int which)
{
	struct talk *t = talk_create(lab, site);

	memset(asked, 0, sizeof(asked));
	memset(&act, 0, sizeof(act));
	lab->puppet->hook = hook;
	act.at = at;
	act.which = which;
	return t;
}

struct verdict_case {
	int site;
	enum vb_point at;
	enum vb_verdict verdict;
	int code;
	const char *input, *codes;
	unsigned asked_second; /* how often, of the second at this point */
	bool is_over;
};

static void
assert_verdicts(const struct verdict_case *cases, size_t n)
{
	struct lab *lab = lab_open("", false);

	for (size_t i = 0; i < n; i++) {
		const struct verdict_case *c = &cases[i];
		struct talk *t = open_talk(lab, c->site, c->at, 0);

		act.verdict = c->verdict;
		act.code = c->code;
		talk_start(t);
		if (strcmp(c->input, "") != 0)
			talk_said(t);
		talk_feed(t, c->input);
		if (strcmp(talk_codes(t), c->codes) != 0 ||
		    asked[c->at][1] != c->asked_second ||
		    session_is_over(t->session) != c->is_over)
			fail_msg("case %zu: asked the second %u times, "
				 "over: %d",
			    i, asked[c->at][1], session_is_over(t->session));
		talk_close(t);
	}
	lab_close(lab);
}

#define ASSERT_VERDICTS(cases) \
	assert_verdicts(cases, sizeof(cases) / sizeof((cases)[0]))

static void
asks_all_guards_and_refuses_with_the_first_that_does_not_pass(void **state)
{
	static const struct verdict_case cases[] = {
		{ MODERN, VB_AT_RCPT, VB_NEXT, 0, ENVELOPE, "250 250 250", 1,
		    false },
		{ MODERN, VB_AT_RCPT, VB_DONE, 550, ENVELOPE MESSAGE,
		    "250 250 550 503 500 500 500 500", 0, false },
		{ MODERN, VB_AT_RCPT, VB_DONE, 0, ENVELOPE, "250 250 451", 0,
		    false },
		{ MODERN, VB_AT_RCPT, VB_FAIL, 0, ENVELOPE, "250 250 451", 0,
		    false },
		{ MODERN, VB_AT_RCPT, VB_WAIT, 0, ENVELOPE, "250 250 451", 0,
		    false },
		/* Nothing a guard says lets pass. */
		{ MODERN, VB_AT_RCPT, VB_DONE, 250, ENVELOPE, "250 250 451", 0,
		    false },
		{ MODERN, VB_AT_RCPT, VB_DONE, 554, ENVELOPE, "250 250 451", 0,
		    false },
		{ MODERN, VB_AT_RCPT, VB_DONE, 999, ENVELOPE, "250 250 451", 0,
		    false },
		{ OLD, VB_AT_RCPT, VB_DONE, 455, ENVELOPE, "250 250 451", 0,
		    false },
		{ MODERN, VB_AT_HELO, VB_DONE, 550, "HELO a\r\n", "550", 0,
		    false },
		{ OLD, VB_AT_HELO, VB_DONE, 550, "HELO a\r\nNOOP\r\n", "421", 0,
		    true },
		{ OLD, VB_AT_HELO, VB_DONE, 504, "HELO a\r\n", "504", 0,
		    false },
		{ MODERN, VB_AT_MAIL, VB_DONE, 452, ENVELOPE, "250 452 503", 0,
		    false },
		{ MODERN, VB_AT_DATA, VB_DONE, 451, ENVELOPE "DATA\r\nNOOP\r\n",
		    "250 250 250 451 250", 0, false },
		{ MODERN, VB_AT_DATA, VB_DONE, 354, ENVELOPE "DATA\r\nNOOP\r\n",
		    "250 250 250 451 250", 0, false },
		{ MODERN, VB_AT_COMMAND, VB_DONE, 421, "NOOP\r\n", "421", 0,
		    false },
		{ MODERN, VB_AT_COMMAND, VB_FAIL, 0, "NOOP\r\nNOOP\r\n", "421",
		    0, true },
		{ MODERN, VB_AT_COMMAND, VB_NEXT, 0, "NOOP\r\nX\r\n", "250 500",
		    1, false },
		{ MODERN, VB_AT_MESSAGE, VB_DONE, 554,
		    ENVELOPE MESSAGE "NOOP\r\n", "250 250 250 354 554 250", 0,
		    false },
		{ MODERN, VB_AT_MESSAGE, VB_FAIL, 0, ENVELOPE MESSAGE,
		    "250 250 250 354 451", 0, false },
		{ MODERN, VB_AT_MESSAGE, VB_NEXT, 0, ENVELOPE MESSAGE,
		    "250 250 250 354 250", 1, false },
	};

	(void)state;
	ASSERT_VERDICTS(cases);
}

static void
a_guard_of_the_message_cannot_say_that_it_is_stored(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = open_talk(lab, MODERN, VB_AT_MESSAGE, 0);

	(void)state;
	act.verdict = VB_DONE;
	act.code = 250;
	talk_start(t);
	talk_said(t);
	assert_codes(t, ENVELOPE MESSAGE, "250 250 250 354 451");
	assert_int_equal(t->stores, 0);
	assert_int_equal(t->discards, 1);
	talk_close(t);
	lab_close(lab);
}

static void
the_first_decider_with_an_opinion_has_decided(void **state)
{
	static const struct verdict_case cases[] = {
		{ MODERN, VB_AT_UNKNOWN, VB_NEXT, 0, "XYZ\r\n", "500", 1,
		    false },
		{ MODERN, VB_AT_UNKNOWN, VB_DONE, 214, "XYZ\r\n", "214", 0,
		    false },
		{ MODERN, VB_AT_UNKNOWN, VB_DONE, 199, "XYZ\r\n", "451", 0,
		    false },
		{ MODERN, VB_AT_UNKNOWN, VB_DONE, 600, "XYZ\r\n", "451", 0,
		    false },
		{ MODERN, VB_AT_UNKNOWN, VB_FAIL, 0, "XYZ\r\nNOOP\r\n",
		    "451 250", 0, false },
		{ MODERN, VB_AT_UNKNOWN, VB_WAIT, 0, "XYZ\r\nNOOP\r\n",
		    "451 250", 0, false },
		{ MODERN, VB_AT_BANNER, VB_DONE, 220, "", "220", 0, false },
		{ MODERN, VB_AT_BANNER, VB_NEXT, 0, "", "220", 1, false },
		{ MODERN, VB_AT_BANNER, VB_DONE, 250, "", "421", 0, true },
		{ OLD, VB_AT_BANNER, VB_DONE, 554, "", "421", 0, true },
	};

	(void)state;
	ASSERT_VERDICTS(cases);
}

static void
a_guard_at_connect_may_refuse_the_client_but_not_wait(void **state)
{
	static const struct verdict_case cases[] = {
		{ MODERN, VB_AT_CONNECT, VB_NEXT, 0, "", "220", 1, false },
		{ MODERN, VB_AT_CONNECT, VB_DONE, 554, "", "554", 0, true },
		{ OLD, VB_AT_CONNECT, VB_DONE, 554, "", "421", 0, true },
		{ OLD, VB_AT_CONNECT, VB_DONE, 421, "", "421", 0, true },
		{ MODERN, VB_AT_CONNECT, VB_DONE, 220, "", "421", 0, true },
		{ MODERN, VB_AT_CONNECT, VB_DONE, 0, "", "421", 0, true },
		{ MODERN, VB_AT_CONNECT, VB_WAIT, 0, "", "421", 0, true },
		{ MODERN, VB_AT_CONNECT, VB_FAIL, 0, "", "421", 0, true },
	};

	(void)state;
	ASSERT_VERDICTS(cases);
}

static void
what_an_observer_returns_is_only_logged(void **state)
{
	static const enum vb_point points[] = { VB_AT_STORED, VB_AT_REPLY,
		VB_AT_TRANSACTION_END, VB_AT_SESSION_END };
	static const enum vb_verdict verdicts[] = { VB_NEXT, VB_DONE, VB_WAIT,
		VB_FAIL };
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		struct talk *t = open_talk(lab, MODERN, points[i / 4], 0);

		act.verdict = verdicts[i % 4];
		talk_start(t);
		talk_said(t);
		assert_codes(
		    t, ENVELOPE MESSAGE "QUIT\r\n", "250 250 250 354 250 221");
		assert_int_equal(t->stores, 1);
		talk_close(t);
		assert_int_equal(asked[act.at][0], asked[act.at][1]);
		assert_logged(act.verdict != VB_FAIL  ? 0
			      : act.at == VB_AT_REPLY ? 7
						      : 1,
		    "module-failed");
	}
	lab_close(lab);
}

static void
what_fails_costs_the_command_and_is_logged_with_its_name(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = open_talk(lab, MODERN, VB_AT_RCPT, 1);

	(void)state;
	act.verdict = VB_FAIL;
	talk_start(t);
	talk_said(t);
	assert_codes(t, ENVELOPE, "250 250 451");
	assert_logged(1, "module=puppet at=rcpt verb=RCPT: failed");
	assert_talk(
	    t, "PLAY\r\n", "451 4.3.0 Local error, try again later\r\n");
	assert_logged(1, "module=puppet verb=PLAY: failed");
	/* 451 is none of its codes, so that the session must end. */
	assert_talk(t, "STRICT x\r\n",
	    "421 4.3.0 mx.lab.test Local error, try again later\r\n");
	assert_logged(1, "module=puppet verb=STRICT: failed");
	assert_true(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

static void
what_waits_is_run_again_and_nothing_else_is(void **state)
{
	struct lab *lab = lab_open("", true);
	struct talk *t = open_talk(lab, MODERN, VB_AT_HELO, 1);

	(void)state;
	act.waits_for_lookup = true;
	t->answers_later = true;
	talk_start(t);
	talk_said(t);
	assert_talk(t, "HELO a.test\r\nNOOP\r\n", "");
	assert_int_equal(t->n_asked, 1);
	assert_false(session_wants_input(t->session));
	t->answers_later = false;
	assert_codes(t, "", "250 250");
	assert_int_equal(asked[VB_AT_COMMAND][0], 2); /* for NOOP, too */
	assert_int_equal(asked[VB_AT_HELO][0], 1);
	assert_int_equal(asked[VB_AT_HELO][1], 2);
	talk_close(t);
	lab_close(lab);
}

static void
what_waits_too_long_has_failed(void **state)
{
	static const struct {
		enum vb_point at;
		const char *input, *codes;
	} cases[] = {
		{ VB_AT_RCPT, ENVELOPE, "250 250 451" },
		{ VB_AT_COMMAND, "NOOP\r\n", "421" },
		{ VB_AT_UNKNOWN, "XYZ\r\n", "451" },
		{ VB_AT_MESSAGE, ENVELOPE MESSAGE, "250 250 250 354 451" },
	};
	struct lab *lab = lab_open("limits: { wait_timeout = \"7s\"; };", true);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct talk *t = open_talk(lab, MODERN, cases[i].at, 0);

		act.waits_for_lookup = true;
		talk_start(t);
		talk_said(t);
		t->answers_later = i != 3;
		if (i == 3) {
			talk_feed(t, ENVELOPE);
			t->answers_later = true;
			talk_feed(t, MESSAGE);
			assert_int_equal(t->answered + 1, t->n_asked);
		} else {
			talk_feed(t, cases[i].input);
		}
		if (i == 0) {
			/* The verb asks itself, too. */
			assert_int_equal(t->n_asked, 1);
		}
		talk_later(t, 7000);
		assert_false(session_wants_input(t->session));
		talk_later(t, 1001);
		assert_string_equal(talk_codes(t), cases[i].codes);
		assert_logged(1, "module=puppet");
		/* The answer comes too late, and harms nobody. */
		talk_answer(t);
		assert_string_equal(talk_said(t), "");
		talk_close(t);
	}
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    asks_all_guards_and_refuses_with_the_first_that_does_not_pass),
		cmocka_unit_test(
		    a_guard_of_the_message_cannot_say_that_it_is_stored),
		cmocka_unit_test(the_first_decider_with_an_opinion_has_decided),
		cmocka_unit_test(
		    a_guard_at_connect_may_refuse_the_client_but_not_wait),
		cmocka_unit_test(what_an_observer_returns_is_only_logged),
		cmocka_unit_test(
		    what_fails_costs_the_command_and_is_logged_with_its_name),
		cmocka_unit_test(what_waits_is_run_again_and_nothing_else_is),
		cmocka_unit_test(what_waits_too_long_has_failed),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
