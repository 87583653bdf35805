/* Mail that is kept, as verbs see it, and swapping the roles. */
#include "tests/unit/session_fixture.h"

static struct vb_str both[] = { { "One.test", 8 }, { "two.test", 8 } };
static const struct vb_strings domains = { both, 2 };

/* What the verb found out; the replies tell it too. */
static enum vb_verdict
count(struct vb_session *s, const struct vb_argument *a, bool more)
{
	const struct vb_kept *kept = vb_str_eq(a->text, VB_STR("go"))
	                                 ? vb_let_go(s, &domains)
	                                 : vb_kept(s, &domains);

	(void)more;
	if (kept->state == VB_KEPT_PENDING)
		return VB_WAIT;
	if (kept->state == VB_KEPT_UNSURE)
		return vb_reply(s, 451, NULL, "unsure");
	return vb_reply(s, 250, NULL, "%d messages, %d octets",
	    (int)kept->messages, (int)kept->octets);
}

static void
counts_what_is_kept_and_lets_it_go(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = count;
	t->kept = (struct vb_kept){
		.state = VB_KEPT_KNOWN, .messages = 3, .octets = 4711
	};
	assert_talk(t, "PLAY\r\n", "250 3 messages, 4711 octets\r\n");
	assert_talk(t, "PLAY go\r\n", "250 3 messages, 4711 octets\r\n");
	t->kept.state = VB_KEPT_UNSURE;
	assert_talk(t, "PLAY\r\n", "451 unsure\r\n");
	buffer_add(&t->kept_for, "", 1);
	assert_string_equal(t->kept_for.p,
	    " one.test,two.test one.test,two.test! one.test,two.test");
	talk_close(t);
	lab_close(lab);
}

static enum vb_verdict
count_twice(struct vb_session *s, const struct vb_argument *a, bool more)
{
	const struct vb_kept *once = vb_kept(s, &domains);
	const struct vb_kept *again = vb_kept(s, &domains);

	(void)a, (void)more;
	assert_ptr_equal(once, again);
	if (once->state == VB_KEPT_PENDING)
		return VB_WAIT;
	return vb_reply(s, 250, NULL, "OK");
}

static void
asks_the_same_once_in_a_command(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = count_twice;
	assert_codes(t, "PLAY\r\n", "250");
	assert_int_equal(t->n_kept, 1);
	assert_codes(t, "PLAY\r\n", "250");
	assert_int_equal(t->n_kept, 2);
	talk_close(t);
	lab_close(lab);
}

static void
an_answer_that_does_not_come_fails_the_verb(void **state)
{
	struct lab *lab = lab_open(
	    "limits: { wait_timeout = \"5s\"; };", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = count;
	t->answers_later = true;
	assert_codes(t, "PLAY\r\n", "");
	talk_later(t, 7000);
	assert_string_equal(talk_codes(t), "451");
	/* The answer to a question that nobody waits for any more. */
	talk_answer_kept(t);
	t->answers_later = false;
	assert_codes(t, "NOOP\r\n", "250");
	talk_close(t);
	lab_close(lab);
}

static enum vb_verdict
swap(struct vb_session *s, const struct vb_argument *a, bool more)
{
	(void)more;
	vb_turn(s, &domains, vb_str_eq(a->text, VB_STR("back")));
	if (vb_str_eq(a->text, VB_STR("fail")))
		return VB_FAIL;
	return vb_reply(
	    s, vb_str_eq(a->text, VB_STR("no")) ? 451 : 250, NULL, "swapping");
}

static void
a_turned_session_is_over_and_says_whose_mail_is_to_be_sent(void **state)
{
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->verb = swap;
	for (int site = MODERN; site <= OLD; site++)
		for (int back = 0; back <= 1; back++) {
			struct talk *t = talk_open(lab, site);
			const struct session_turn *turn;

			talk_feed(t, "HELO a.test\r\n");
			talk_said(t);
			assert_null(session_turn(t->session));
			assert_talk(t, back ? "SWAP back\r\n" : "SWAP\r\n",
			    "250 swapping\r\n");
			assert_true(session_is_over(t->session));
			turn = session_turn(t->session);
			assert_non_null(turn);
			assert_int_equal(turn->turns_back, back);
			assert_int_equal(turn->domains.n, 2);
			assert_true(vb_str_eq(
			    turn->domains.items[0], VB_STR("one.test")));
			talk_close(t);
		}
	lab_close(lab);
}

static void
a_verb_that_did_not_agree_has_not_turned(void **state)
{
	static const char *const inputs[] = { "SWAP no\r\n", "SWAP fail\r\n" };
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->verb = swap;
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		talk_feed(t, "HELO a.test\r\n");
		talk_said(t);
		assert_codes(t, inputs[i], "451");
		assert_true(session_is_over(t->session));
		assert_null(session_turn(t->session));
		talk_close(t);
	}
	lab_close(lab);
}

static void
input_behind_it_is_refused_and_ends_the_session(void **state)
{
	static const char *const behind[] = { "NOOP\r\n", "Q", "\n", "SWAP\r\n",
		"220 b.test\r\n250 OK\r\n" };
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->verb = swap;
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		for (int site = MODERN; site <= OLD; site++) {
			struct talk *t = talk_open(lab, site);
			char input[128];

			snprintf(input, sizeof(input),
			    "HELO a.test\r\nSWAP\r\n%s", behind[i]);
			assert_codes(t, input, "250 503 421");
			assert_true(session_is_over(t->session));
			assert_null(session_turn(t->session));
			talk_close(t);
		}
	lab_close(lab);
}

/* It was not there when the command came, and is when it is answered. */
static void
input_that_came_while_it_waited_does_not_turn(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = count;
	t->answers_later = true;
	assert_codes(t, "HELO a.test\r\nSWAP\r\n", "250");
	assert_false(session_wants_input(t->session));
	talk_feed(t, "MAIL FROM:<>\r\n");
	lab->puppet->verb = swap;
	talk_answer_kept(t);
	assert_string_equal(talk_codes(t), "250");
	assert_true(session_is_over(t->session));
	assert_null(session_turn(t->session));
	talk_close(t);
	lab_close(lab);
}

/* Both were kept back while the command before them waited. */
static void
input_behind_it_is_refused_also_when_all_had_to_wait(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = count;
	t->answers_later = true;
	assert_codes(t, "HELO a.test\r\nPLAY\r\nSWAP\r\nNOOP\r\n", "250");
	t->kept.state = VB_KEPT_KNOWN;
	talk_answer_kept(t);
	assert_string_equal(talk_codes(t), "250 503 421");
	assert_true(session_is_over(t->session));
	assert_null(session_turn(t->session));
	talk_close(t);
	lab_close(lab);
}

static void
is_refused_out_of_turn(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = swap;
	assert_codes(t, "SWAP\r\n", "503");
	assert_codes(t, "HELO a.test\r\nMAIL FROM:<>\r\n", "250 250");
	assert_codes(t, "SWAP\r\n", "503");
	assert_false(session_is_over(t->session));
	/* Whatever else is wrong with it, too. */
	assert_codes(t, "SWAP\r\nRSET\r\n", "503 421");
	talk_close(t);
	lab_close(lab);
}

static void
only_a_verb_that_comes_last_may_turn(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = swap;
	free(log_take());
	assert_codes(t, "PLAY\r\n", "250");
	assert_false(session_is_over(t->session));
	assert_logged(1, "out-of-turn session=S1 site=modern client=192.0.2.7 "
			 "module=puppet verb=PLAY: vb_turn() is for verbs that "
			 "are VB_LAST");
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_is_kept_and_lets_it_go),
		cmocka_unit_test(asks_the_same_once_in_a_command),
		cmocka_unit_test(an_answer_that_does_not_come_fails_the_verb),
		cmocka_unit_test(
		    a_turned_session_is_over_and_says_whose_mail_is_to_be_sent),
		cmocka_unit_test(a_verb_that_did_not_agree_has_not_turned),
		cmocka_unit_test(
		    input_behind_it_is_refused_and_ends_the_session),
		cmocka_unit_test(input_that_came_while_it_waited_does_not_turn),
		cmocka_unit_test(
		    input_behind_it_is_refused_also_when_all_had_to_wait),
		cmocka_unit_test(is_refused_out_of_turn),
		cmocka_unit_test(only_a_verb_that_comes_last_may_turn),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
