/* ETRN: which nodes, for whom, and what the reply tells. */
#include "peers.h"

static const struct peers_client one = { "one.test", "", true };
static const struct vb_kept three = { .state = VB_KEPT_KNOWN, .messages = 3 },
			    none = { .state = VB_KEPT_KNOWN };

static void
lets_go_what_is_kept_for_the_node(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *asked;
	} cases[] = {
		{ "one.test", 253, "One.test!\n" },
		{ "IN.one.test", 253, "in.one.test!\n" },
		{ "@one.test", 253, "One.test,in.one.test!\n" },
		{ "@in.ONE.test", 253, "in.one.test!\n" },
		{ "@test", 253, "One.test,in.one.test,alone.test!\n" },
		{ "#one.test", 253, "One.test,in.one.test,alone.test!\n" },
		{ "two.test", 459, "" },
		{ "x.one.test", 459, "" },
		{ "@ne.test", 459, "" },
		{ "@two.test", 459, "" },
		{ "@", 459, "" },
		{ "#", 459, "" },
		{ "#two", 459, "" },
		{ "one.test alone.test", 501, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&one);
		const void *conf = peers_conf(&s);

		s.let_go = three;
		assert_int_equal(peers_say(&s, cases[i].text, conf), VB_DONE);
		if (s.code != cases[i].code)
			fail_msg("\"%s\": %d", cases[i].text, s.code);
		assert_string_equal(s.asked_kept, cases[i].asked);
		fake_forget(&s.memory);
	}
}

static void
tells_as_much_as_it_is_told_to(void **state)
{
	const struct {
		const char *tells;
		struct vb_kept let_go, kept;
		int code;
		const char *text;
	} cases[] = {
		{ "number", three, none, 253,
		    "OK, 3 pending messages for node one.test started" },
		{ "number", none, none, 251,
		    "OK, no messages waiting for node one.test" },
		{ "some", three, none, 252,
		    "OK, pending messages for node one.test started" },
		{ "some", none, none, 251,
		    "OK, no messages waiting for node one.test" },
		{ "nothing", three, none, 250,
		    "OK, queuing for node one.test started" },
		{ "nothing", none, none, 250,
		    "OK, queuing for node one.test started" },
		/* There is some, and no way. */
		{ "number", none, three, 458,
		    "Unable to queue messages for node one.test" },
		{ "number", none, { .state = VB_KEPT_UNSURE }, 458,
		    "Unable to queue messages for node one.test" },
		{ "nothing", { .state = VB_KEPT_UNSURE }, none, 458,
		    "Unable to queue messages for node one.test" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&one);
		void *conf = peers_conf(&s);

		fake_set(&s.memory, conf, "tells", cases[i].tells);
		s.let_go = cases[i].let_go;
		s.kept = cases[i].kept;
		assert_int_equal(peers_say(&s, "one.test", conf), VB_DONE);
		assert_int_equal(s.code, cases[i].code);
		assert_string_equal(s.text, cases[i].text);
		fake_forget(&s.memory);
	}
}

static void
waits_for_the_queue(void **state)
{
	struct vb_session s = peers_session(&one);
	const void *conf = peers_conf(&s);

	(void)state;
	assert_int_equal(peers_say(&s, "one.test", conf), VB_WAIT);
	assert_string_equal(s.asked_kept, "One.test!\n");
	s.let_go = none;
	assert_int_equal(peers_say(&s, "one.test", conf), VB_WAIT);
	assert_string_equal(s.asked_kept, "One.test!\nOne.test!\nOne.test\n");
	assert_int_equal(s.code, 0);
	fake_forget(&s.memory);
}

static void
is_for_peers_alone(void **state)
{
	static const struct {
		struct peers_client client;
		const char *node;
		int code;
	} cases[] = {
		{ { "x.test", "two", false }, "two.test", 253 },
		{ { "x.test", "two", false }, "#two", 253 },
		{ { "x.test", "two", false }, "one.test", 459 },
		{ { "one.test", "", false }, "one.test", 459 },
		{ { "x.test", "", true }, "one.test", 459 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&cases[i].client);
		const void *conf = peers_conf(&s);

		s.let_go = three;
		peers_say(&s, cases[i].node, conf);
		assert_int_equal(s.code, cases[i].code);
		if (s.code == 459)
			assert_string_equal(s.asked_kept, "");
		fake_forget(&s.memory);
	}
}

/* The mail goes where its route says, whoever asks. */
static void
may_know_a_peer_by_its_network(void **state)
{
	static const struct {
		struct vb_peer peer;
		bool is_good;
	} cases[] = {
		{ { .identity = { "two", 3 } }, true },
		{ { .match = { &peers_network, 1 } }, true },
		{ { .helo = { "a.test", 6 } }, false },
	};
	const struct vb_option *peers = vb_module.module->options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(peers->check_item(&cases[i].peer) == NULL,
		    cases[i].is_good);
}

static void
keeps_the_mail_of_its_peers(void **state)
{
	(void)state;
	peers_assert_route("ETRN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_go_what_is_kept_for_the_node),
		cmocka_unit_test(tells_as_much_as_it_is_told_to),
		cmocka_unit_test(waits_for_the_queue),
		cmocka_unit_test(is_for_peers_alone),
		cmocka_unit_test(may_know_a_peer_by_its_network),
		cmocka_unit_test(keeps_the_mail_of_its_peers),
	};

	return cmocka_run_group_tests_name("etrn", tests, NULL, NULL);
}
