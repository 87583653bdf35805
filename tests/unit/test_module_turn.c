/* TURN: who may, whose mail it gets, and what is kept for it. */
#include <stdlib.h>

#include "peers.h"

static void
turns_for_a_peer_with_the_mail_of_its_domains(void **state)
{
	static const struct {
		struct peers_client client;
		int code;
		const char *turned;
	} cases[] = {
		{ { "one.test", "", true }, 250,
		    "One.test,in.one.test,alone.test\n" },
		{ { "ONE.TEST", "whoever", true }, 250,
		    "One.test,in.one.test,alone.test\n" },
		{ { "x.test", "two", false }, 250, "two.test\n" },
		{ { "three.test", "three", true }, 250, "three.test\n" },
		/* Half of what is written down is nothing. */
		{ { "one.test", "", false }, 502, "" },
		{ { "x.one.test", "", true }, 502, "" },
		{ { "", "", true }, 502, "" },
		{ { "two", "", true }, 502, "" },
		{ { "two.test", "Two", true }, 502, "" },
		{ { "three.test", "three", false }, 502, "" },
		{ { "three.test", "", true }, 502, "" },
		{ { "x.test", "three", true }, 502, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = peers_session(&cases[i].client);
		const void *conf = peers_conf(&s);

		assert_int_equal(peers_say(&s, "", conf), VB_DONE);
		assert_int_equal(s.code, cases[i].code);
		assert_int_equal(vb_module.module->verbs[0].offered(&s, conf),
		    s.code == 250);
		assert_string_equal(s.turned, cases[i].turned);
		if (s.code == 502)
			assert_string_equal(s.status, "5.7.0");
		fake_forget(&s.memory);
	}
}

static void
asks_for_turn_in_turn_where_it_is_told_to(void **state)
{
	const struct peers_client client = { "x.test", "two", true };
	struct vb_session s = peers_session(&client);
	void *conf = peers_conf(&s);

	(void)state;
	fake_set(&s.memory, conf, "back", "true");
	peers_say(&s, "", conf);
	assert_int_equal(s.code, 250);
	assert_string_equal(s.turned, "two.test back\n");
	fake_forget(&s.memory);
}

static void
refuses_where_the_roles_were_swapped_before(void **state)
{
	const struct peers_client client = { "one.test", "", true };
	struct vb_session s = peers_session(&client);
	const void *conf = peers_conf(&s);

	(void)state;
	s.client.may_not_turn = true;
	assert_false(vb_module.module->verbs[0].offered(&s, conf));
	peers_say(&s, "", conf);
	assert_int_equal(s.code, 503);
	assert_string_equal(s.turned, "");
	fake_forget(&s.memory);
}

static void
logs_who_turned_and_who_was_refused(void **state)
{
	const struct peers_client one = { "one.test", "", true },
				  other = { "x.test", "", true };
	struct vb_session s = peers_session(&one), t = peers_session(&other);

	(void)state;
	peers_say(&s, "", peers_conf(&s));
	peers_say(&t, "", peers_conf(&t));
	assert_string_equal(s.logged, "turned helo=one.test domain=One.test\n");
	assert_string_equal(t.logged, "turn-refused helo=x.test\n");
	fake_forget(&s.memory);
	fake_forget(&t.memory);
}

static void
keeps_the_mail_of_its_peers(void **state)
{
	(void)state;
	peers_assert_route("TURN");
}

static void
is_nothing_without_peers(void **state)
{
	const struct peers_client client = { "", "", true };
	struct vb_session s = peers_session(&client);
	struct vb_route r;
	void *conf;

	(void)state;
	fake_use();
	conf = fake_conf(&s.memory);
	peers_say(&s, "", conf);
	assert_int_equal(s.code, 502);
	assert_int_equal(fake_route(&r, "one.test", conf), VB_UNKNOWN);
	assert_false(r.keeps);
	fake_forget(&s.memory);
}

static void
refuses_peers_that_anybody_could_be(void **state)
{
	static const struct {
		struct vb_peer peer;
		bool is_good;
	} cases[] = {
		{ { .identity = { "two", 3 } }, true },
		{ { .match = { &peers_network, 1 }, .helo = { "a.test", 6 } },
		    true },
		{ { .match = { &peers_network, 1 } }, false },
		{ { .helo = { "a.test", 6 } }, false },
		{ { .identity = { "", 0 } }, false },
	};
	const struct vb_option *peers = vb_module.module->options;

	(void)state;
	assert_string_equal(peers->name, "peers");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(peers->check_item(&cases[i].peer) == NULL,
		    cases[i].is_good);
}

static void
refuses_domains_that_are_none(void **state)
{
	static const struct {
		struct vb_str domain;
		bool is_good;
	} cases[] = {
		{ { "branch.test", 11 }, true },
		{ { "Branch-1_x.Test", 15 }, true },
		{ { "test", 4 }, true },
		{ { "", 0 }, false },
		{ { ".branch.test", 12 }, false },
		{ { "branch.test.", 12 }, false },
		{ { "*", 1 }, false },
		{ { "a b", 3 }, false },
		{ { "[192.0.2.1]", 11 }, false },
		{ { "joe@branch.test", 15 }, false },
	};

	(void)state;
	assert_non_null(vb_peer_check_domains(&(struct vb_strings){ 0 }));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_str two[] = { { "a.test", 6 },
			cases[i].domain };
		const struct vb_strings domains = { two, 2 };

		assert_int_equal(
		    vb_peer_check_domains(&domains) == NULL, cases[i].is_good);
	}
}

/* As many of 24 octets. */
static const char *
check_many(size_t n)
{
	struct vb_str *items = calloc(n, sizeof(*items));
	const struct vb_strings domains = { items, n };
	const char *wrong;

	for (size_t i = 0; i < n; i++)
		items[i] = VB_STR("a-domain-of.branch1.test");
	wrong = vb_peer_check_domains(&domains);
	free(items);
	return wrong;
}

static void
refuses_more_domains_than_the_queue_can_be_asked_about(void **state)
{
	(void)state;
	assert_null(check_many(VB_PEER_DOMAINS_MOST / 32));
	assert_non_null(check_many(VB_PEER_DOMAINS_MOST / 32 + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_for_a_peer_with_the_mail_of_its_domains),
		cmocka_unit_test(asks_for_turn_in_turn_where_it_is_told_to),
		cmocka_unit_test(refuses_where_the_roles_were_swapped_before),
		cmocka_unit_test(logs_who_turned_and_who_was_refused),
		cmocka_unit_test(keeps_the_mail_of_its_peers),
		cmocka_unit_test(is_nothing_without_peers),
		cmocka_unit_test(refuses_peers_that_anybody_could_be),
		cmocka_unit_test(refuses_domains_that_are_none),
		cmocka_unit_test(
		    refuses_more_domains_than_the_queue_can_be_asked_about),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
