/* Recipients cost a transaction memory when they are taken, and only then. */
#include "tests/unit/session_fixture.h"

enum { MEMBERS = 1000, REFUSED = 200 };

/* A list of many mailboxes. */
static enum vb_known
find_many(struct vb_query *q)
{
	static struct vb_found members[MEMBERS];
	static char names[MEMBERS][16];
	const struct vb_found list = { .kind = VB_LIST,
		.user = VB_STR("many"),
		.items = members,
		.n_items = MEMBERS };

	if (!vb_str_eq(q->name, VB_STR("many")))
		return VB_UNKNOWN;
	for (int i = 0; i < MEMBERS; i++) {
		snprintf(names[i], sizeof(names[i]), "u%d", i);
		members[i] = (struct vb_found){ .kind = VB_MAILBOX,
			.user = vb_str(names[i]) };
	}
	vb_found(q, &list);
	return VB_KNOWN;
}

/* All members but one fit, each time. */
static void
lists_that_are_refused_do_not_pile_up(void **state)
{
	struct lab *lab = lab_open("limits: { recipients = 1000; };", false);
	struct talk *t = talk_open(lab, MODERN);
	size_t before;

	(void)state;
	lab->puppet->find = find_many;
	assert_codes(t, ENVELOPE, "250 250 250");
	assert_codes(t, "RCPT TO:<many@lab.test>\r\n", "452");
	before = session_memory(t->session);
	for (int i = 0; i < REFUSED; i++)
		assert_codes(t, "RCPT TO:<many@lab.test>\r\n", "452");
	assert_int_equal(session_memory(t->session), before);
	assert_codes(t, MESSAGE, "354 250");
	assert_true(
	    vb_str_eq(buffer_str(&t->recipients), VB_STR("smith@lab.test")));
	talk_close(t);
	lab_close(lab);
}

/* What a lookup found is gone with its command. */
static void
a_list_that_is_taken_is_kept_until_the_message_is_there(void **state)
{
	struct lab *lab = lab_open("limits: { recipients = 1001; };", false);
	struct talk *t = talk_open(lab, MODERN);
	struct buffer wanted = { 0 };

	(void)state;
	lab->puppet->find = find_many;
	assert_codes(t, ENVELOPE, "250 250 250");
	assert_codes(t, "RCPT TO:<many@lab.test>\r\n", "250");
	assert_codes(t, "RCPT TO:<jsmith@lab.test>\r\n", "452");
	assert_codes(t, MESSAGE, "354 250");
	buffer_printf(&wanted, "smith@lab.test");
	for (int i = 0; i < MEMBERS; i++)
		buffer_printf(&wanted, " u%d@lab.test", i);
	assert_true(vb_str_eq(buffer_str(&t->recipients), buffer_str(&wanted)));
	buffer_finish(&wanted);
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_that_are_refused_do_not_pile_up),
		cmocka_unit_test(
		    a_list_that_is_taken_is_kept_until_the_message_is_there),
	};

	return cmocka_run_group_tests_name("recipients", tests, NULL, NULL);
}
