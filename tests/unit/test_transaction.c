/* The envelope: what becomes of it, and that it ends exactly once. */
#include "tests/unit/session_fixture.h"

static struct {
	enum vb_point refuses; /* a guard says 451 here */
	unsigned ended, stored, session_ended;
	bool late; /* something was told after the end of the session */
} heard;

static enum vb_verdict
count(struct vb_session *s, const struct vb_event *event, int which)
{
	if (which != 0)
		return VB_NEXT;
	heard.late = heard.late || heard.session_ended > 0;
	heard.stored += event->point == VB_AT_STORED;
	heard.session_ended += event->point == VB_AT_SESSION_END;
	if (event->point == VB_AT_TRANSACTION_END) {
		heard.ended++;
		assert_non_null(vb_transaction(s));
		assert_non_null(vb_transaction_data(s));
	}
	if (event->point == heard.refuses)
		return vb_reply(s, 451, "4.7.1", "Not now");
	return VB_NEXT;
}

struct end_case {
	const char *name, *input, *codes;
	unsigned ended, stored, discarded;
	int site;
	enum vb_point refuses;
	int code; /* of the host */
	bool stores_later, times_out, shuts_down;
};

static void
assert_end(struct lab *lab, const struct end_case *c)
{
	struct talk *t = talk_create(lab, c->site);

	memset(&heard, 0, sizeof(heard));
	heard.refuses = c->refuses;
	t->code = c->code;
	t->stores_later = c->stores_later;
	talk_start(t);
	talk_said(t);
	talk_feed(t, c->input);
	if (c->times_out)
		talk_later(t, 3600 * 1000);
	if (c->shuts_down)
		session_shut_down(t->session, true);
	assert_string_equal(talk_codes(t), c->codes);
	talk_close(t);
	if (heard.ended != c->ended || heard.stored != c->stored ||
	    heard.session_ended != 1 || heard.late)
		fail_msg("%s: ended %u, stored %u, session %u", c->name,
		    heard.ended, heard.stored, heard.session_ended);
}

static void
a_transaction_ends_exactly_once_however_it_ends(void **state)
{
#define START "250 250 250"
	static const struct end_case cases[] = {
		{ .name = "none",
		    .input = "HELO a\r\nQUIT\r\n",
		    .codes = "250 221" },
		{ .name = "stored",
		    .input = ENVELOPE MESSAGE,
		    .codes = START " 354 250",
		    .ended = 1,
		    .stored = 1 },
		{ .name = "stored, then QUIT",
		    .input = ENVELOPE MESSAGE "QUIT\r\n",
		    .codes = START " 354 250 221",
		    .ended = 1,
		    .stored = 1 },
		{ .name = "two",
		    .input = ENVELOPE MESSAGE ENVELOPE MESSAGE,
		    .codes = START " 354 250 " START " 354 250",
		    .ended = 2,
		    .stored = 2 },
		{ .name = "not stored",
		    .input = ENVELOPE MESSAGE,
		    .codes = START " 354 452",
		    .ended = 1,
		    .code = 452 },
		{ .name = "refused by the host",
		    .input = ENVELOPE MESSAGE,
		    .codes = START " 354 554",
		    .ended = 1,
		    .code = 554 },
		{ .name = "refused by a guard",
		    .input = ENVELOPE MESSAGE,
		    .codes = START " 354 451",
		    .ended = 1,
		    .refuses = VB_AT_MESSAGE },
		{ .name = "refused at DATA",
		    .input = ENVELOPE "DATA\r\n",
		    .codes = START " 451",
		    .ended = 1,
		    .refuses = VB_AT_DATA },
		{ .name = "MAIL refused",
		    .input = "HELO a\r\nMAIL FROM:<>\r\n",
		    .codes = "250 451",
		    .refuses = VB_AT_MAIL },
		{ .name = "RSET",
		    .input = ENVELOPE "RSET\r\nRSET\r\n",
		    .codes = START " 250 250",
		    .ended = 1 },
		{ .name = "HELO",
		    .input = ENVELOPE "HELO b\r\n",
		    .codes = START " 250",
		    .ended = 1 },
		{ .name = "MAIL again",
		    .input = ENVELOPE "MAIL FROM:<>\r\n",
		    .codes = START " 503",
		    .ended = 1 },
		{ .name = "MAIL again, of old",
		    .site = OLD,
		    .input = ENVELOPE "MAIL FROM:<>\r\n",
		    .codes = START " 250",
		    .ended = 2 },
		{ .name = "QUIT",
		    .input = ENVELOPE "QUIT\r\n",
		    .codes = START " 221",
		    .ended = 1 },
		{ .name = "gone",
		    .input = ENVELOPE,
		    .codes = START,
		    .ended = 1 },
		{ .name = "gone within the message",
		    .input = ENVELOPE "DATA\r\nx\r\n",
		    .codes = START " 354",
		    .ended = 1 },
		{ .name = "gone while it is stored",
		    .input = ENVELOPE MESSAGE,
		    .codes = START " 354",
		    .ended = 1,
		    .stores_later = true },
		{ .name = "timeout",
		    .input = ENVELOPE,
		    .codes = START " 421",
		    .ended = 1,
		    .times_out = true },
		{ .name = "timeout within the message",
		    .input = ENVELOPE "DATA\r\nx",
		    .codes = START " 354 421",
		    .ended = 1,
		    .times_out = true },
		{ .name = "shut down",
		    .input = ENVELOPE,
		    .codes = START " 421",
		    .ended = 1,
		    .shuts_down = true },
		{ .name = "shut down within the message",
		    .input = ENVELOPE "DATA\r\nx",
		    .codes = START " 354 421",
		    .ended = 1,
		    .shuts_down = true },
		{ .name = "too many errors",
		    .input = ENVELOPE "X\r\nX\r\nX\r\nX\r\n",
		    .codes = START " 500 500 500 421",
		    .ended = 1 },
		{ .name = "too large",
		    .input = ENVELOPE "DATA\r\n0123456789012345678901234567\r\n"
				      "012345678901234567890123456789\r\n.\r\n",
		    .codes = START " 354 552",
		    .ended = 1 },
		{ .name = "bare LF",
		    .input = ENVELOPE "DATA\r\n\n\r\n.\r\n",
		    .codes = START " 354 550",
		    .ended = 1 },
		{ .name = "HTTP",
		    .input = ENVELOPE "GET / HTTP/1.1\r\n",
		    .codes = START " 421",
		    .ended = 1 },
	};
	struct lab *lab = lab_open(
	    "limits: { errors = 3; message = \"40\"; };", false);

	(void)state;
	lab->puppet->hook = count;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_end(lab, &cases[i]);
	lab_close(lab);
}

static void
forgets_the_octets_of_what_is_not_to_be(void **state)
{
	struct lab *lab = lab_open("limits: { message = \"40\"; };", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	talk_feed(t, ENVELOPE "DATA\r\n\n\r\n.\r\n");
	assert_int_equal(t->discards, 1);
	talk_feed(t, ENVELOPE "RSET\r\n");
	assert_int_equal(t->discards, 2);
	talk_feed(t, ENVELOPE "DATA\r\nx\r\n.\r\n");
	assert_int_equal(t->discards, 2); /* what is stored is the host's */
	assert_int_equal(t->stores, 1);
	talk_close(t);
	lab_close(lab);
}

static void
hands_the_envelope_to_the_host(void **state)
{
	static const struct {
		const char *input, *recipients, *sender;
	} cases[] = {
		{ "RCPT TO:<smith@lab.test>\r\n", "smith@lab.test",
		    "ann@a.test" },
		/* Once each, however often it is named, in any case. */
		{ "RCPT TO:<SMITH@Lab.Test>\r\nRCPT TO:<smith@lab.test>\r\n"
		  "RCPT TO:<smith>\r\n",
		    "smith@lab.test", "ann@a.test" },
		{ "RCPT TO:<smith@second.test>\r\nRCPT TO:<smith@lab.test>\r\n",
		    "smith@second.test smith@lab.test", "ann@a.test" },
		{ "RCPT TO:<jsmith@lab.test>\r\nRCPT TO:<staff@lab.test>\r\n",
		    "jsmith@lab.test smith@lab.test", "ann@a.test" },
		{ "RCPT TO:<all@lab.test>\r\n",
		    "smith@lab.test jsmith@lab.test postmaster@lab.test",
		    "ann@a.test" },
		{ "RCPT TO:<smith@lab.test>\r\nRCPT TO:<away@lab.test>\r\n",
		    "smith@lab.test", "ann@a.test" },
		{ "RCPT TO:<Postmaster>\r\n", "postmaster@lab.test",
		    "ann@a.test" },
		{ "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<jsmith@[192.0.2.1]>\r\n",
		    "jsmith@lab.test", "" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		talk_feed(t, "HELO a\r\nMAIL FROM:<ann@a.test>\r\n");
		talk_feed(t, cases[i].input);
		talk_feed(t, MESSAGE);
		if (!vb_str_eq(buffer_str(&t->recipients),
			vb_str(cases[i].recipients)))
			fail_msg("%s: \"%.*s\"", cases[i].input,
			    VB_FMT(buffer_str(&t->recipients)));
		assert_true(
		    vb_str_eq(buffer_str(&t->sender), vb_str(cases[i].sender)));
		talk_close(t);
	}
	lab_close(lab);
}

static void
takes_no_more_recipients_than_the_limit(void **state)
{
	struct lab *lab = lab_open("limits: { recipients = 2; };", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_codes(t, "HELO a\r\nMAIL FROM:<>\r\n", "250 250");
	assert_codes(t, "RCPT TO:<postmaster>\r\n", "250");
	/* A list is taken whole or not at all. */
	assert_talk(t, "RCPT TO:<staff@lab.test>\r\n",
	    "452 4.5.3 Too many recipients\r\n");
	assert_codes(t, "RCPT TO:<smith@lab.test>\r\n", "250");
	assert_codes(t, "RCPT TO:<smith@lab.test>\r\n", "250");
	assert_codes(t, "RCPT TO:<jsmith@lab.test>\r\n", "452");
	assert_codes(t, MESSAGE, "354 250");
	assert_true(vb_str_eq(buffer_str(&t->recipients),
	    VB_STR("postmaster@lab.test smith@lab.test")));
	talk_close(t);
	t = talk_open(lab, OLD);
	talk_feed(t, ENVELOPE);
	talk_said(t);
	assert_talk(
	    t, "RCPT TO:<all@lab.test>\r\n", "552 Too many recipients\r\n");
	talk_close(t);
	lab_close(lab);
}

static void
answers_what_the_host_says_when_that_is_legal(void **state)
{
	static const struct {
		int site, code;
		const char *status, *text, *says;
	} cases[] = {
		{ MODERN, 250, "2.0.0", "OK", "250 2.0.0 OK\r\n" },
		{ MODERN, 450, "4.2.0", "busy", "450 4.2.0 busy\r\n" },
		{ OLD, 450, "4.2.0", "busy", "451 busy\r\n" },
		{ MODERN, 552, "5.2.2", "full", "552 5.2.2 full\r\n" },
		{ OLD, 550, "5.7.0", "no", "554 no\r\n" },
		{ MODERN, 251, "2.0.0", "?", "451 2.0.0 ?\r\n" },
		{ MODERN, 452, "4.3.1", "a\r\n250 b",
		    "452 4.3.1 a\\r\\n250 b\r\n" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, cases[i].site);

		t->code = cases[i].code;
		t->status = cases[i].status;
		t->text = cases[i].text;
		talk_feed(t, ENVELOPE "DATA\r\nx\r\n");
		talk_said(t);
		assert_talk(t, ".\r\n", cases[i].says);
		talk_close(t);
	}
	lab_close(lab);
}

static enum vb_verdict
take_or_commit(struct vb_session *s, const struct vb_argument *a, bool more)
{
	const struct vb_path nobody = { 0 };

	if (more)
		return vb_commit(s);
	if (vb_str_eq(a->text, VB_STR("open")))
		vb_open(s, "play", &nobody);
	if (vb_str_eq(a->text, VB_STR("commit")))
		return vb_commit(s);
	return vb_take_message(s, 354, "Play on");
}

static void
a_verb_may_take_a_message_of_its_own_but_only_into_a_transaction(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = take_or_commit;
	assert_codes(t, "PLAY\r\n", "451");
	assert_codes(t, "PLAY commit\r\n", "451");
	assert_talk(t, "PLAY open\r\n", "354 Play on\r\n");
	assert_codes(t, "x\r\n.\r\nNOOP\r\n", "250 250");
	assert_int_equal(t->stores, 1);
	assert_codes(t, "STRICT open\r\n", "421"); /* it has no .more */
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_transaction_ends_exactly_once_however_it_ends),
		cmocka_unit_test(forgets_the_octets_of_what_is_not_to_be),
		cmocka_unit_test(hands_the_envelope_to_the_host),
		cmocka_unit_test(takes_no_more_recipients_than_the_limit),
		cmocka_unit_test(answers_what_the_host_says_when_that_is_legal),
		cmocka_unit_test(
		    a_verb_may_take_a_message_of_its_own_but_only_into_a_transaction),
	};

	return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
