/* Octets in, octets out, and time. */
#include "tests/unit/session_fixture.h"

static const char whole[] =
    "HELO a.test\r\nBOGUS\r\nMAIL FROM:<ann@a.test>\r\n"
    "RCPT TO:<smith@lab.test>\r\nRCPT TO:<nobody@lab.test>\r\n"
    "RCPT TO:<all@lab.test>\r\nDATA\r\n"
    "Return-Path: <x@y>\r\nSubject: dots\r\n\r\n..\r\n...two\r\n.x\r\n"
    "\r\n.\r\nNOOP\r\nMAIL FROM:<>\r\nRCPT TO:<jsmith@lab.test>\r\nDATA\r\n"
    "second\r\n.\r\nQUIT\r\nNOOP\r\n";

/* Everything said when the octets come in pieces of n; then the body, too. */
static char *
whole_in_pieces(struct lab *lab, int site, size_t n)
{
	struct talk *t = talk_create(lab, site);
	struct buffer all = { 0 };

	talk_start(t);
	for (size_t i = 0; i < sizeof(whole) - 1; i += n) {
		size_t left = sizeof(whole) - 1 - i;

		talk_feed_str(
		    t, (struct vb_str){ whole + i, left < n ? left : n });
	}
	buffer_printf(&all, "%s", talk_said(t));
	buffer_printf(&all, "%.*s", VB_FMT(buffer_str(&t->body)));
	buffer_printf(&all, "%.*s", VB_FMT(buffer_str(&t->recipients)));
	assert_true(session_is_over(t->session));
	assert_int_equal(t->stores, 2);
	talk_close(t);
	buffer_add(&all, "", 1);
	return all.p;
}

static void
however_its_octets_are_cut_a_mail_is_answered_the_same(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 64, 300 };
	struct lab *lab = lab_open("", false);

	(void)state;
	for (int site = MODERN; site <= OLD; site++) {
		char *at_once = whole_in_pieces(lab, site, sizeof(whole));

		assert_non_null(strstr(
		    at_once, "Subject: dots\r\n\r\n.\r\n..two\r\nx\r\n"));
		assert_non_null(
		    strstr(at_once, "\r\nsecond\r\njsmith@lab.test"));
		for (size_t i = 0; i < sizeof(pieces) / sizeof(size_t); i++) {
			char *cut = whole_in_pieces(lab, site, pieces[i]);

			assert_string_equal(cut, at_once);
			free(cut);
		}
		free(at_once);
	}
	lab_close(lab);
}

static void
what_comes_while_it_waits_is_kept_for_later(void **state)
{
	struct lab *lab = lab_open("", true);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	talk_finds(t, "slow");
	t->stores_later = true;
	assert_codes(t, SLOWLY MESSAGE "NOOP\r\nQUIT\r\n", "250 250");
	assert_false(session_wants_input(t->session));
	assert_codes(t, "RSET\r\n", "");
	t->answers_later = false;
	assert_codes(t, "", "250 354");
	assert_false(session_wants_input(t->session));
	t->stores_later = false;
	assert_codes(t, "", "250 250 221"); /* NOOP, QUIT; RSET is too late */
	assert_true(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

static void
takes_no_message_while_the_host_cannot(void **state)
{
	static char block[200 * 1024];
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	assert_codes(t, ENVELOPE "DATA\r\n", "250 250 250 354");
	t->is_body_full = true;
	talk_feed_str(t, (struct vb_str){ block, sizeof(block) });
	assert_false(session_wants_input(t->session));
	assert_true(session_deadline(t->session) == INT64_MAX);
	t->is_body_full = false;
	session_go_on(t->session);
	assert_true(session_wants_input(t->session));
	assert_codes(t, ".\r\n", "250");
	assert_int_equal(t->body.n, sizeof(block));
	assert_memory_equal(t->body.p, block, sizeof(block));
	session_go_on(t->session); /* late, and for nothing */
	assert_codes(t, "NOOP\r\n", "250");
	talk_close(t);
	lab_close(lab);
}

static void
each_wait_for_the_client_has_its_limit(void **state)
{
	static const struct {
		const char *input;
		int64_t passes, ends; /* ms */
	} cases[] = {
		{ "HELO a\r\n", 2900, 200 },
		{ "HELO a\r\nNOO", 2900, 200 },
		{ ENVELOPE, 2900, 200 },
		{ ENVELOPE "DATA\r\n", 4900, 200 },
		{ ENVELOPE "DATA\r\nx", 4900, 200 },
	};
	struct lab *lab = lab_open("limits: { command_timeout = \"3s\"; "
				   "data_timeout = \"5s\"; "
				   "session_timeout = \"20s\"; };",
	    false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		talk_feed(t, cases[i].input);
		talk_said(t);
		talk_later(t, cases[i].passes);
		assert_string_equal(talk_said(t), "");
		talk_later(t, cases[i].ends);
		assert_string_equal(talk_said(t),
		    "421 4.4.2 mx.lab.test Timeout, closing the "
		    "connection\r\n");
		assert_true(session_is_over(t->session));
		assert_codes(t, "NOOP\r\n", "");
		talk_close(t);
	}
	lab_close(lab);
}

static void
a_session_has_its_end_however_busy_it_is(void **state)
{
	struct lab *lab = lab_open("limits: { command_timeout = \"3s\"; "
				   "session_timeout = \"20s\"; };",
	    false);
	struct talk *t = talk_open(lab, OLD);

	(void)state;
	for (int i = 0; i < 9; i++) {
		talk_later(t, 2000);
		assert_codes(t, "NOOP\r\n", "250");
	}
	talk_later(t, 2100);
	assert_string_equal(talk_codes(t), "421");
	talk_close(t);
	lab_close(lab);
}

static void
storing_a_message_has_no_limit_here(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	t->stores_later = true;
	assert_codes(t, ENVELOPE MESSAGE, "250 250 250 354");
	assert_true(session_deadline(t->session) == INT64_MAX);
	talk_later(t, 100 * 3600 * 1000);
	assert_string_equal(talk_said(t), "");
	t->stores_later = false;
	assert_codes(t, "", "250");
	talk_close(t);
	lab_close(lab);
}

static void
shuts_down_between_commands(void **state)
{
	struct lab *lab = lab_open("", true);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	session_shut_down(t->session, false);
	assert_string_equal(
	    talk_said(t), "421 4.3.2 mx.lab.test Service shutting down\r\n");
	assert_true(session_is_over(t->session));
	session_shut_down(t->session, true);
	assert_string_equal(talk_said(t), "");
	talk_close(t);

	t = talk_open(lab, MODERN); /* within a message */
	talk_feed(t, ENVELOPE "DATA\r\n");
	talk_said(t);
	session_shut_down(t->session, false);
	assert_codes(t, "x\r\n.\r\nNOOP\r\n", "250 421");
	assert_int_equal(t->stores, 1);
	talk_close(t);

	t = talk_open(lab, MODERN); /* within a message, and now */
	talk_feed(t, ENVELOPE "DATA\r\nx\r\n");
	talk_said(t);
	session_shut_down(t->session, true);
	assert_codes(t, ".\r\n", "421");
	assert_int_equal(t->stores, 0);
	talk_close(t);
	lab_close(lab);
}

static void
shuts_down_when_what_it_waits_for_is_there(void **state)
{
	struct lab *lab = lab_open("", true);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	talk_finds(t, "slow");
	talk_feed(t, SLOWLY "NOOP\r\n");
	talk_said(t);
	session_shut_down(t->session, true);
	assert_string_equal(talk_said(t), "");
	t->answers_later = false;
	assert_codes(t, "", "250 421");
	talk_close(t);

	t = talk_open(lab, MODERN); /* a message to be stored */
	t->stores_later = true;
	talk_feed(t, ENVELOPE MESSAGE "NOOP\r\n");
	talk_said(t);
	session_shut_down(t->session, true);
	assert_string_equal(talk_said(t), "");
	t->stores_later = false;
	assert_codes(t, "", "250 421");
	talk_close(t);
	lab_close(lab);
}

static void
shuts_down_within_a_message_that_the_host_cannot_take(void **state)
{
	static char block[100 * 1024];
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	memset(block, 'x', sizeof(block));
	talk_feed(t, ENVELOPE "DATA\r\n");
	talk_said(t);
	t->is_body_full = true;
	talk_feed_str(t, (struct vb_str){ block, sizeof(block) });
	assert_false(session_wants_input(t->session));
	session_shut_down(t->session, true);
	session_go_on(t->session);
	assert_string_equal(talk_codes(t), "421");
	assert_true(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

static void
can_be_refused_before_it_begins(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_create(lab, OLD);

	(void)state;
	session_refuse(t->session, "Too many of you");
	assert_string_equal(
	    talk_said(t), "421 mx.lab.test Too many of you\r\n");
	assert_codes(t, "NOOP\r\n", "");
	assert_true(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

enum { MOST_MEMORY = 600 * 1024 };

static void
holds_little_however_much_it_is_sent(void **state)
{
	static char block[64 * 1024];
	struct lab *lab = lab_open("limits: { message = \"1G\"; };", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i % 128 == 126 ? '\r' : i % 128 == 127 ? '\n' : 'x';
	t->forgets_body = true;
	talk_feed(t, ENVELOPE "DATA\r\n");
	for (int i = 0; i < 200 * 16; i++) {
		talk_feed_str(t, (struct vb_str){ block, sizeof(block) });
		assert_true(session_memory(t->session) < MOST_MEMORY);
	}
	talk_said(t);
	assert_codes(t, ".\r\n", "250");
	/* One line without an end. */
	memset(block, 'y', sizeof(block));
	for (int i = 0; i < 20 * 16; i++) {
		talk_feed_str(t, (struct vb_str){ block, sizeof(block) });
		assert_true(session_memory(t->session) < MOST_MEMORY);
	}
	assert_codes(t, "\r\nNOOP\r\n", "500 250");
	talk_close(t);
	lab_close(lab);
}

static enum vb_known
be_unsure(struct vb_query *q)
{
	(void)q;
	return VB_UNSURE;
}

/* Whoever is asked first and cannot tell might have known better. */
static void
who_knows_after_one_that_cannot_tell_is_not_heard(void **state)
{
	struct lab *lab = lab_open("", true);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->find = be_unsure;
	talk_finds(t, "slow");
	t->answers_later = false;
	assert_codes(t,
	    "HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<slow@lab.test>\r\n"
	    "RCPT TO:<smith@lab.test>\r\n",
	    "250 250 451 250");
	talk_close(t);
	lab_close(lab);
}

enum { MEMBERS = 1000 };

/* A list of many, whom somebody slow knows. */
static enum vb_known
find_many(struct vb_query *q)
{
	static struct vb_found members[MEMBERS];
	static char names[MEMBERS][32];
	const struct vb_found list = { .kind = VB_LIST,
		.user = VB_STR("many"),
		.items = members,
		.n_items = MEMBERS };

	if (!vb_str_eq(q->name, VB_STR("many")))
		return VB_UNKNOWN;
	for (int i = 0; i < MEMBERS; i++) {
		snprintf(names[i], sizeof(names[i]), "u%d@lab.test", i);
		members[i] = (struct vb_found){ .kind = VB_RELAY,
			.mailbox = vb_str(names[i]) };
	}
	vb_found(q, &list);
	return VB_KNOWN;
}

static void
a_list_of_many_whom_one_waits_for_takes_little_memory(void **state)
{
	struct lab *lab = lab_open("vrfy: { disclose = \"local\"; };", true);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->find = find_many;
	talk_finds(t, "slow");
	t->answers_later = false;
	assert_talk(t, "VRFY many\r\n", "250 2.1.5 <many@lab.test>\r\n");
	assert_int_equal(t->n_asked, MEMBERS);
	assert_true(session_memory(t->session) < MEMBERS * 4096);
	talk_close(t);
	lab_close(lab);
}

static void
recipients_that_are_not_taken_do_not_pile_up(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);
	char line[64];

	(void)state;
	talk_feed(t, ENVELOPE);
	lab->puppet->find = be_unsure;
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "RCPT TO:<u%d@lab.test>\r\n", i);
		talk_feed(t, line);
		talk_said(t);
	}
	assert_true(session_memory(t->session) < 4 * MOST_MEMORY);
	talk_close(t);
	free(log_take());
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    however_its_octets_are_cut_a_mail_is_answered_the_same),
		cmocka_unit_test(what_comes_while_it_waits_is_kept_for_later),
		cmocka_unit_test(takes_no_message_while_the_host_cannot),
		cmocka_unit_test(each_wait_for_the_client_has_its_limit),
		cmocka_unit_test(a_session_has_its_end_however_busy_it_is),
		cmocka_unit_test(storing_a_message_has_no_limit_here),
		cmocka_unit_test(shuts_down_between_commands),
		cmocka_unit_test(shuts_down_when_what_it_waits_for_is_there),
		cmocka_unit_test(
		    shuts_down_within_a_message_that_the_host_cannot_take),
		cmocka_unit_test(can_be_refused_before_it_begins),
		cmocka_unit_test(holds_little_however_much_it_is_sent),
		cmocka_unit_test(
		    who_knows_after_one_that_cannot_tell_is_not_heard),
		cmocka_unit_test(
		    a_list_of_many_whom_one_waits_for_takes_little_memory),
		cmocka_unit_test(recipients_that_are_not_taken_do_not_pile_up),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
