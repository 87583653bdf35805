/* Replies of a verb: one each, legal, whole. */
#include "tests/unit/session_fixture.h"

static enum vb_verdict
one(struct vb_session *s)
{
	return vb_reply(s, 250, "2.0.0", "One");
}

static enum vb_verdict
two(struct vb_session *s)
{
	vb_reply(s, 250, "2.0.0", "One");
	return vb_reply(s, 550, "5.0.0", "Two");
}

static enum vb_verdict
nothing(struct vb_session *s)
{
	(void)s;
	return VB_DONE;
}

static enum vb_verdict
next(struct vb_session *s)
{
	(void)s;
	return VB_NEXT;
}

static enum vb_verdict
illegal(struct vb_session *s)
{
	return vb_reply(s, 251, "2.0.0", "No such code here");
}

static enum vb_verdict
illegal_then_legal(struct vb_session *s)
{
	vb_reply(s, 251, "2.0.0", "No such code here");
	return vb_reply(s, 250, "2.0.0", "Sorry");
}

static enum vb_verdict
only_modern(struct vb_session *s)
{
	return vb_reply(s, 252, NULL, "Not of 1982");
}

static enum vb_verdict
lines(struct vb_session *s)
{
	vb_reply_more(s, 250, "2.1.0", "Two");
	vb_reply_more(s, 250, "2.1.0", "lines");
	return vb_reply(s, 250, "2.1.0", "and the last");
}

static enum vb_verdict
lines_of_two_codes(struct vb_session *s)
{
	vb_reply_more(s, 250, NULL, "Two");
	return vb_reply(s, 550, NULL, "codes");
}

static enum vb_verdict
lines_with_an_illegal_one(struct vb_session *s)
{
	vb_reply_more(s, 250, NULL, "One");
	vb_reply_more(s, 219, NULL, "Two");
	return vb_reply(s, 250, NULL, "Three");
}

static enum vb_verdict
lines_without_an_end(struct vb_session *s)
{
	vb_reply_more(s, 250, NULL, "One");
	return VB_DONE;
}

static enum vb_verdict
after_the_end(struct vb_session *s)
{
	vb_reply(s, 250, NULL, "One");
	vb_reply_more(s, 250, NULL, "Two");
	return VB_DONE;
}

static enum vb_verdict
lines_then_fail(struct vb_session *s)
{
	vb_reply_more(s, 250, NULL, "One");
	return VB_FAIL;
}

static enum vb_verdict
reply_then_fail(struct vb_session *s)
{
	vb_reply(s, 250, NULL, "One");
	return VB_FAIL;
}

static enum vb_verdict
wait_for_nothing(struct vb_session *s)
{
	(void)s;
	return VB_WAIT;
}

static enum vb_verdict
control_characters(struct vb_session *s)
{
	return vb_reply(s, 250, NULL, "a\r\n250 b\x01\x7f%s", "\t");
}

static enum vb_verdict
close_after(struct vb_session *s)
{
	vb_close(s);
	return vb_reply(s, 250, NULL, "Bye");
}

static enum vb_verdict
take_a_message(struct vb_session *s)
{
	return vb_reply(s, 354, NULL, "Nobody listens");
}

#define FAILED5321 "451 4.3.0 Local error, try again later\r\n"
#define FAILED821  "451 Local error, try again later\r\n"

static enum vb_verdict (*play)(struct vb_session *s);

static enum vb_verdict
run(struct vb_session *s, const struct vb_argument *a, bool more)
{
	(void)a, (void)more;
	return play(s);
}

static void
a_verb_says_one_legal_reply(void **state)
{
	static const struct {
		enum vb_verdict (*play)(struct vb_session *s);
		const char *says[2];
		const char *logs;
	} cases[] = {
		{ one, { "250 2.0.0 One\r\n", "250 One\r\n" }, NULL },
		{ two, { "250 2.0.0 One\r\n", "250 One\r\n" }, "second-reply" },
		{ nothing, { FAILED5321, FAILED821 }, "said nothing" },
		{ next, { FAILED5321, FAILED821 }, "said nothing" },
		{ illegal, { FAILED5321, FAILED821 }, "code=251" },
		{ illegal_then_legal, { FAILED5321, FAILED821 }, "code=251" },
		{ only_modern, { "252 Not of 1982\r\n", FAILED821 }, NULL },
		{ lines,
		    { "250-2.1.0 Two\r\n250-2.1.0 lines\r\n"
		      "250 2.1.0 and the last\r\n",
			"250-Two\r\n250-lines\r\n250 and the last\r\n" },
		    NULL },
		{ lines_of_two_codes, { FAILED5321, FAILED821 }, "code=550" },
		{ lines_with_an_illegal_one, { FAILED5321, FAILED821 },
		    "code=219" },
		{ lines_without_an_end, { FAILED5321, FAILED821 },
		    "said nothing" },
		{ after_the_end, { "250 One\r\n", "250 One\r\n" },
		    "second-reply" },
		{ lines_then_fail, { FAILED5321, FAILED821 }, ": failed" },
		{ reply_then_fail, { "250 One\r\n", "250 One\r\n" },
		    ": failed" },
		{ wait_for_nothing, { FAILED5321, FAILED821 },
		    "waits for nothing" },
		{ control_characters,
		    { "250 a\\r\\n250 b\\x01\\x7F\\t\r\n",
			"250 a\\r\\n250 b\\x01\\x7F\\t\r\n" },
		    NULL },
		{ take_a_message,
		    { "354 Nobody listens\r\n", "354 Nobody listens\r\n" },
		    NULL },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->verb = run;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, (int)i % 2);

		play = cases[i / 2].play;
		free(log_take());
		talk_feed(t, "PLAY\r\n");
		if (strcmp(talk_said(t), cases[i / 2].says[i % 2]) != 0)
			fail_msg("case %zu: %s", i / 2, t->said.p);
		if (cases[i / 2].logs != NULL)
			assert_logged(1, cases[i / 2].logs);
		assert_talk(t, "NOOP\r\n",
		    i % 2 == MODERN ? "250 2.0.0 OK\r\n" : "250 OK\r\n");
		talk_close(t);
	}
	lab_close(lab);
}

static void
closes_after_the_reply_and_reads_no_further(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = run;
	play = close_after;
	assert_talk(t, "PLAY\r\nNOOP\r\n", "250 Bye\r\n");
	assert_true(session_is_over(t->session));
	assert_false(session_wants_input(t->session));
	talk_close(t);
	lab_close(lab);
}

static unsigned replies;

static enum vb_verdict
interfere(struct vb_session *s, const struct vb_event *event, int which)
{
	(void)which;
	if (event->point != VB_AT_REPLY)
		return VB_NEXT;
	replies++;
	return vb_reply(s, 550, "5.0.0", "What I always wanted to say");
}

static void
who_watches_replies_cannot_give_one(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->hook = interfere;
	assert_codes(
	    t, "HELO a\r\nNOOP\r\nMAIL FROM:<>\r\nX\r\n", "250 250 250 500");
	assert_int_equal(replies, 8); /* two observers */
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verb_says_one_legal_reply),
		cmocka_unit_test(closes_after_the_reply_and_reads_no_further),
		cmocka_unit_test(who_watches_replies_cannot_give_one),
	};

	return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
