/*
 * core/smtp/reach.c: who is at a terminal, and is shown the message there? The
 * module `send` asks, and `vtty` makes the core believe that there are some.
 */
#include "tests/unit/session_fixture.h"

#define TELL  "send: { presence = \"tell\"; };"
#define SMITH "RCPT TO:<smith@lab.test>\r\n"
#define JOHN  "RCPT TO:<jsmith@lab.test>\r\n"

static const char *
text(struct buffer *b)
{
	buffer_add(b, "", 1);
	b->n--;
	return b->p;
}

/* A greeted session with a transaction of this kind. */
static struct talk *
begin(struct lab *lab, const char *verb, const char *here)
{
	struct talk *t = talk_open(lab, MODERN);
	char command[80];

	snprintf(command, sizeof(command),
	    "HELO a.test\r\n%s FROM:<ann@a.test>\r\n", verb);
	t->here = here;
	assert_codes(t, command, "250 250");
	return t;
}

static void
send_is_for_those_who_are_here(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SEND", " smith ");

	(void)state;
	assert_talk(t, SMITH, "250 2.1.5 OK\r\n");
	assert_talk(t, JOHN, "450 4.2.1 User not active now\r\n");
	assert_string_equal(text(&t->looked_for), " smith jsmith");
	assert_talk(t, "RCPT TO:<staff@lab.test>\r\n",
	    "550 5.7.1 SEND is for single users of this server\r\n");
	assert_codes(t, "RCPT TO:<x@far.test>\r\nRCPT TO:<none@lab.test>\r\n",
	    "550 550");
	assert_string_equal(text(&t->looked_for), " smith jsmith");
	talk_close(t);
	lab_close(lab);
}

static void
send_wants_no_room_in_mailboxes(void **state)
{
	struct lab *lab = lab_open("maildir: { quota = \"1k\"; };", false);
	struct talk *t = begin(lab, "SEND", " smith ");

	(void)state;
	t->room = VB_ROOM_NONE;
	assert_codes(t, SMITH, "250");
	assert_int_equal(t->n_rooms, 0);
	assert_codes(
	    t, "RSET\r\nSOML FROM:<ann@a.test>\r\n" SMITH, "250 250 552");
	talk_close(t);
	lab_close(lab);
}

static void
what_was_sent_is_not_stored(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SEND", " smith jsmith ");

	(void)state;
	assert_codes(t, SMITH JOHN "DATA\r\n", "250 250 354");
	assert_talk(t, "Hello\r\n.\r\n", "250 2.0.0 OK, shown to 2 of 2\r\n");
	assert_string_equal(text(&t->shown), " smith jsmith");
	assert_int_equal(t->stores, 0);
	assert_int_equal(t->discards, 1);
	talk_close(t);
	lab_close(lab);
}

static void
one_who_has_gone_makes_a_notice(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SEND", " smith jsmith ");

	(void)state;
	assert_codes(t, SMITH JOHN "DATA\r\n", "250 250 354");
	t->here = " smith ";
	assert_codes(t, "Hello\r\n.\r\n", "250");
	assert_int_equal(t->stores, 1);
	assert_string_equal(text(&t->recipients), "jsmith@lab.test!");
	assert_codes(
	    t, "SEND FROM:<ann@a.test>\r\n" SMITH "DATA\r\n", "250 250 354");
	t->here = NULL;
	assert_talk(
	    t, "Hello\r\n.\r\n", "451 4.2.1 User not active any more\r\n");
	assert_int_equal(t->stores, 1);
	talk_close(t);
	lab_close(lab);
}

static void
soml_stores_for_those_who_were_not_shown_all(void **state)
{
	static const struct {
		const char *here;
		bool part;
		const char *stored;
	} cases[] = {
		{ NULL, false, "smith@lab.test jsmith@lab.test" },
		{ " smith ", false, "jsmith@lab.test" },
		{ " smith jsmith ", false, "" },
		{ " smith jsmith ", true, "smith@lab.test jsmith@lab.test" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = begin(lab, "SOML", cases[i].here);
		char *said;

		t->shows_part = cases[i].part;
		assert_codes(t, SMITH JOHN MESSAGE, "250 250 354 250");
		assert_string_equal(text(&t->looked_for), "");
		assert_string_equal(text(&t->shown), " smith+ jsmith+");
		assert_string_equal(text(&t->recipients), cases[i].stored);
		said = log_take();
		free(said);
		talk_close(t);
	}
	lab_close(lab);
}

static void
what_hides_presence_says_the_same_whoever_is_here(void **state)
{
	struct lab *lab = lab_open("", false);
	const char *const here[] = { NULL, " smith " };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct talk *t = begin(lab, "SOML", here[i]);
		const char *said;

		assert_talk(t, SMITH, "250 2.1.5 OK\r\n");
		assert_codes(t, "DATA\r\n", "354");
		talk_feed(t, "Hello\r\n.\r\n");
		said = talk_said(t);
		assert_memory_equal(said, "250 2.0.0 OK, taken as M", 24);
		talk_close(t);
	}
	lab_close(lab);
}

static void
soml_says_that_it_will_do_mail(void **state)
{
	struct lab *lab = lab_open(TELL, false);
	struct talk *t = begin(lab, "SOML", " smith ");

	(void)state;
	assert_talk(t, SMITH, "250 2.1.5 OK\r\n");
	assert_talk(
	    t, JOHN, "250 2.1.5 User not active now, so will do mail\r\n");
	/* Only for its own command. */
	assert_talk(t, SMITH, "250 2.1.5 OK\r\n");
	assert_codes(t, "RCPT TO:<none@lab.test>\r\n", "550");
	talk_close(t);
	lab_close(lab);
}

static void
saml_is_shown_once_it_is_stored_and_nobody_waits(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SAML", " smith ");

	(void)state;
	t->answers_later = t->stores_later = true;
	assert_codes(t, SMITH MESSAGE, "250 354");
	assert_string_equal(text(&t->shown), "");
	log_catch();
	talk_stored(t);
	log_release();
	assert_string_equal(talk_codes(t), "250");
	assert_string_equal(text(&t->shown), " smith+");
	assert_string_equal(text(&t->recipients), "smith@lab.test");
	/* The answer comes when the transaction is over. */
	talk_answer_reach(t);
	assert_codes(t, "NOOP\r\n", "250");
	talk_close(t);
	lab_close(lab);
}

static void
saml_that_is_not_stored_is_not_shown(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SAML", " smith ");

	(void)state;
	t->code = 452;
	assert_codes(t, SMITH MESSAGE, "250 354 452");
	assert_string_equal(text(&t->shown), "");
	talk_close(t);
	lab_close(lab);
}

static void
a_message_longer_than_what_is_kept_was_not_shown_whole(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SOML", " smith ");

	(void)state;
	assert_codes(t, SMITH "DATA\r\n", "250 354");
	for (int i = 0; i < 1000; i++)
		talk_feed(t, "0123456789012345678901234567890123456789"
			     "0123456789012345678901234567890123456789\r\n");
	assert_codes(t, ".\r\n", "250");
	assert_string_equal(text(&t->recipients), "smith@lab.test");
	talk_close(t);
	lab_close(lab);
}

/* A module that does not know when it may do what. */
static enum vb_verdict
show_and_settle(struct vb_session *s, const struct vb_event *event, int which)
{
	if (which == 0 &&
	    (event->point == VB_AT_RCPT || event->point == VB_AT_HEADER)) {
		assert_int_equal(vb_show(s, 0, false), VB_SHOWN_NOT);
		vb_settle(s, 0, VB_DELIVERED, NULL, NULL);
		vb_keep(s);
	}
	return VB_NEXT;
}

static void
shows_and_settles_at_the_end_of_data_alone(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "MAIL", " smith jsmith ");

	(void)state;
	lab->puppet->hook = show_and_settle;
	assert_codes(t, SMITH JOHN MESSAGE, "250 250 354 250");
	assert_logged(9, "out-of-turn");
	assert_string_equal(text(&t->shown), "");
	assert_string_equal(
	    text(&t->recipients), "smith@lab.test jsmith@lab.test");
	talk_close(t);
	lab_close(lab);
}

static void
waits_for_terminals_and_no_longer_than_it_may(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = begin(lab, "SEND", " smith ");

	(void)state;
	t->answers_later = true;
	assert_codes(t, SMITH, "");
	log_catch();
	talk_answer_reach(t);
	log_release();
	assert_string_equal(talk_codes(t), "250");
	assert_codes(t, JOHN, "");
	talk_later(t, 31 * 1000);
	assert_string_equal(talk_codes(t), "451");
	assert_codes(t, MESSAGE, "354");
	talk_later(t, 31 * 1000);
	assert_string_equal(talk_codes(t), "451");
	assert_int_equal(t->stores, 0);
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(send_is_for_those_who_are_here),
		cmocka_unit_test(send_wants_no_room_in_mailboxes),
		cmocka_unit_test(what_was_sent_is_not_stored),
		cmocka_unit_test(one_who_has_gone_makes_a_notice),
		cmocka_unit_test(soml_stores_for_those_who_were_not_shown_all),
		cmocka_unit_test(
		    what_hides_presence_says_the_same_whoever_is_here),
		cmocka_unit_test(soml_says_that_it_will_do_mail),
		cmocka_unit_test(
		    saml_is_shown_once_it_is_stored_and_nobody_waits),
		cmocka_unit_test(saml_that_is_not_stored_is_not_shown),
		cmocka_unit_test(
		    a_message_longer_than_what_is_kept_was_not_shown_whole),
		cmocka_unit_test(shows_and_settles_at_the_end_of_data_alone),
		cmocka_unit_test(waits_for_terminals_and_no_longer_than_it_may),
	};

	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
