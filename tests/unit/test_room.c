/* core/smtp/room.c: is there room in the mailbox? */
#include "tests/unit/session_fixture.h"

#define QUOTA "maildir: { quota = \"1k\"; };"
#define BEGIN "HELO a.test\r\nMAIL FROM:<ann@a.test>\r\n"

static void
asks_before_a_recipient_is_taken(void **state)
{
	static const struct {
		enum vb_room room;
		const char *says[2];
	} cases[] = {
		{ VB_ROOM_LEFT, { "250 2.1.5 OK\r\n", "250 OK\r\n" } },
		{ VB_ROOM_NONE,
		    { "552 5.2.2 Mailbox full\r\n", "552 Mailbox full\r\n" } },
		{ VB_ROOM_UNKNOWN,
		    { "451 4.3.0 Cannot look into that mailbox now, try again "
		      "later\r\n",
			"451 Cannot look into that mailbox now, try again "
			"later\r\n" } },
	};
	struct lab *lab = lab_open(QUOTA, false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int site = MODERN; site <= OLD; site++) {
			struct talk *t = talk_open(lab, site);

			t->room = cases[i].room;
			talk_feed(t, BEGIN);
			talk_said(t);
			assert_talk(t, "RCPT TO:<smith@lab.test>\r\n",
			    cases[i].says[site]);
			assert_int_equal(t->n_rooms, 1);
			talk_close(t);
		}
	lab_close(lab);
}

static void
asks_for_as_many_octets_as_were_declared(void **state)
{
	struct lab *lab = lab_open(QUOTA, false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_codes(t,
	    "EHLO a.test\r\nMAIL FROM:<ann@a.test> SIZE=700\r\n"
	    "RCPT TO:<smith@lab.test>\r\n",
	    "250 250 250");
	assert_int_equal(t->room_octets, 700);
	assert_codes(t,
	    "RSET\r\nMAIL FROM:<ann@a.test>\r\n"
	    "RCPT TO:<smith@lab.test>\r\n",
	    "250 250 250");
	assert_int_equal(t->room_octets, 0);
	talk_close(t);
	lab_close(lab);
}

static void
waits_for_the_answer(void **state)
{
	struct lab *lab = lab_open(QUOTA, false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	t->answers_later = true;
	assert_codes(
	    t, BEGIN "RCPT TO:<smith@lab.test>\r\nNOOP\r\n", "250 250");
	assert_false(session_wants_input(t->session));
	log_catch();
	talk_answer_room(t);
	log_release();
	assert_string_equal(talk_codes(t), "250 250");
	assert_int_equal(t->n_rooms, 1);
	talk_close(t);
	lab_close(lab);
}

static void
fails_when_the_answer_takes_too_long(void **state)
{
	struct lab *lab = lab_open(QUOTA, false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	t->answers_later = true;
	assert_codes(t, BEGIN "RCPT TO:<smith@lab.test>\r\n", "250 250");
	talk_later(t, 31 * 1000);
	assert_string_equal(talk_codes(t), "451");
	log_catch();
	talk_answer_room(t); /* nobody waits for it any more */
	log_release();
	assert_codes(t, "NOOP\r\n", "250");
	talk_close(t);
	lab_close(lab);
}

static void
asks_only_where_a_limit_is_set_and_the_service_may_look(void **state)
{
	static const char *const settings[] = { "",
		"maildir: { quota = \"0\"; };",
		"maildir: { quota = \"1k\"; as = \"recipient\"; };" };

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct lab *lab = lab_open(settings[i], false);
		struct talk *t = talk_open(lab, MODERN);

		assert_codes(
		    t, BEGIN "RCPT TO:<smith@lab.test>\r\n", "250 250 250");
		assert_int_equal(t->n_rooms, 0);
		talk_close(t);
		lab_close(lab);
	}
}

static void
asks_for_mailboxes_alone(void **state)
{
	struct lab *lab = lab_open(QUOTA, false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	t->room = VB_ROOM_NONE;
	assert_codes(t,
	    BEGIN "RCPT TO:<staff@lab.test>\r\nRCPT TO:<nobody@lab.test>\r\n"
		  "RCPT TO:<gone@lab.test>\r\nRCPT TO:<x@far.test>\r\n",
	    "250 250 250 550 551 550");
	assert_int_equal(t->n_rooms, 0);
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_before_a_recipient_is_taken),
		cmocka_unit_test(asks_for_as_many_octets_as_were_declared),
		cmocka_unit_test(waits_for_the_answer),
		cmocka_unit_test(fails_when_the_answer_takes_too_long),
		cmocka_unit_test(
		    asks_only_where_a_limit_is_set_and_the_service_may_look),
		cmocka_unit_test(asks_for_mailboxes_alone),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
