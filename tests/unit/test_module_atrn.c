/* ATRN: who may, which domains, and what it says of no mail. */
#include "peers.h"

static const struct peers_client one = { "one.test", "", true };
static const struct vb_kept three = { .state = VB_KEPT_KNOWN, .messages = 3 };

static void
turns_for_the_domains_asked_or_all_of_the_peer(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *turned;
	} cases[] = {
		{ "", 250, "One.test,in.one.test,alone.test\n" },
		{ "one.test", 250, "One.test\n" },
		{ "ALONE.test,one.test", 250, "alone.test,One.test\n" },
		{ "one.test,ONE.test", 250, "One.test\n" },
		{ "two.test", 450, "" },
		{ "one.test,two.test", 450, "" },
		{ "x.one.test", 450, "" },
		{ "@one.test", 450, "" },
		{ ",", 501, "" },
		{ "one.test,", 501, "" },
		{ ",one.test", 501, "" },
		{ "one.test,,alone.test", 501, "" },
		{ "one.test alone.test", 501, "" },
		{ "one.test, alone.test", 501, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&one);
		const void *conf = peers_conf(&s);

		s.kept = three;
		assert_int_equal(peers_say(&s, cases[i].text, conf), VB_DONE);
		if (s.code != cases[i].code)
			fail_msg("\"%s\": %d", cases[i].text, s.code);
		assert_string_equal(s.turned, cases[i].turned);
		if (s.code == 250)
			assert_string_equal(s.asked_kept, cases[i].turned);
		fake_forget(&s.memory);
	}
}

static void
waits_for_the_queue_and_says_what_it_says(void **state)
{
	static const struct {
		struct vb_kept kept;
		enum vb_verdict verdict;
		int code;
	} cases[] = {
		{ { .state = VB_KEPT_PENDING, .messages = 1 }, VB_WAIT, 0 },
		{ { .state = VB_KEPT_UNSURE, .messages = 1 }, VB_DONE, 451 },
		{ { .state = VB_KEPT_KNOWN, .messages = 0 }, VB_DONE, 453 },
		{ { .state = VB_KEPT_KNOWN, .messages = 1 }, VB_DONE, 250 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&one);
		const void *conf = peers_conf(&s);

		s.kept = cases[i].kept;
		assert_int_equal(peers_say(&s, "", conf), cases[i].verdict);
		assert_int_equal(s.code, cases[i].code);
		assert_int_equal(s.turned[0] != '\0', s.code == 250);
		fake_forget(&s.memory);
	}
}

static void
is_for_peers_alone(void **state)
{
	static const struct {
		struct peers_client client;
		int code;
	} cases[] = {
		{ { "x.test", "two", false }, 250 },
		{ { "one.test", "", false }, 530 },
		{ { "x.test", "", true }, 530 },
		{ { "", "", true }, 530 },
		{ { "two.test", "one", true }, 530 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&cases[i].client);
		const void *conf = peers_conf(&s);

		s.kept = three;
		peers_say(&s, "", conf);
		assert_int_equal(s.code, cases[i].code);
		assert_string_equal(
		    s.turned, s.code == 250 ? "two.test\n" : "");
		fake_forget(&s.memory);
	}
}

static void
refuses_where_the_roles_were_swapped_before(void **state)
{
	struct vb_session s = peers_session(&one);
	const void *conf = peers_conf(&s);

	(void)state;
	s.kept = three;
	assert_true(vb_module.module->verbs[0].offered(&s, conf));
	s.client.may_not_turn = true;
	assert_false(vb_module.module->verbs[0].offered(&s, conf));
	peers_say(&s, "", conf);
	assert_int_equal(s.code, 503);
	assert_string_equal(s.turned, "");
	fake_forget(&s.memory);
}

static void
keeps_the_mail_of_its_peers(void **state)
{
	(void)state;
	peers_assert_route("ATRN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    turns_for_the_domains_asked_or_all_of_the_peer),
		cmocka_unit_test(waits_for_the_queue_and_says_what_it_says),
		cmocka_unit_test(is_for_peers_alone),
		cmocka_unit_test(refuses_where_the_roles_were_swapped_before),
		cmocka_unit_test(keeps_the_mail_of_its_peers),
	};

	return cmocka_run_group_tests_name("atrn", tests, NULL, NULL);
}
