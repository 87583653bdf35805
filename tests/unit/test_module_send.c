/* SEND, SOML and SAML: what they ask of terminals, and what they make of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fake.h"

static const struct vb_found smith = { .kind = VB_MAILBOX,
	.mailbox = { "smith@lab.test", 14 } };

static const struct vb_verb *
verb(const char *name)
{
	const struct vb_verb *v = vb_module.module->verbs;

	while (strcmp(v->name, name) != 0)
		v++;
	return v;
}

static enum vb_verdict
hook(struct vb_session *s, enum vb_point point, const void *conf)
{
	const struct vb_argument to = { .size = sizeof(to),
		.path.mailbox = VB_STR("smith@lab.test") };
	const struct vb_event event = {
		.size = sizeof(event), .point = point, .argument = &to
	};
	const struct vb_hook *h = vb_module.module->hooks;

	while (h->point != point)
		h++;
	return h->run(s, &event, conf);
}

static void *
conf_of(struct vb_session *s, const char *presence)
{
	void *conf;

	fake_use();
	conf = fake_conf(&s->memory);
	fake_set(&s->memory, conf, "presence", presence);
	return conf;
}

static void
opens_a_transaction_of_its_kind(void **state)
{
	static const struct {
		const char *verb, *kind;
	} cases[] = { { "SEND", "send" }, { "SOML", "soml" },
		{ "SAML", "saml" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { 0 };
		const struct vb_argument from = { .size = sizeof(from) };
		void *conf = conf_of(&s, "hide");

		assert_int_equal(
		    verb(cases[i].verb)->run(&s, &from, conf), VB_DONE);
		assert_int_equal(s.code, 250);
		assert_string_equal(s.transaction.kind, cases[i].kind);
		assert_true(s.keeps);
		fake_forget(&s.memory);
	}
}

static void
is_refused_within_a_transaction_but_in_rfc821(void **state)
{
	struct vb_session s = { .is_open = true };
	const struct vb_argument from = { .size = sizeof(from) };
	void *conf = conf_of(&s, "hide");

	(void)state;
	verb("SEND")->run(&s, &from, conf);
	assert_int_equal(s.code, 503);
	s.code = 0;
	s.client.is_rfc821 = true;
	verb("SEND")->run(&s, &from, conf);
	assert_int_equal(s.code, 250);
	fake_forget(&s.memory);
}

static void
takes_for_send_only_those_who_are_here(void **state)
{
	static const struct vb_found others = { .kind = VB_MAILBOX },
				     elsewhere = { .kind = VB_RELAY,
					     .reply = 250 };
	static const struct vb_found two[] = { { .kind = VB_MAILBOX },
		{ .kind = VB_MAILBOX } };
	static const struct {
		struct vb_found whom;
		enum vb_presence presence;
		enum vb_verdict verdict;
		int code;
	} cases[] = {
		{ { .kind = VB_PENDING }, 0, VB_WAIT, 0 },
		{ { .kind = VB_MAILBOX }, VB_PRESENCE_PENDING, VB_WAIT, 0 },
		{ { .kind = VB_MAILBOX }, VB_PRESENCE_HERE, VB_NEXT, 0 },
		{ { .kind = VB_MAILBOX }, VB_PRESENCE_AWAY, VB_DONE, 450 },
		{ { .kind = VB_MAILBOX }, VB_PRESENCE_UNKNOWN, VB_DONE, 451 },
		/* Nobody's presence is asked for. */
		{ { .kind = VB_RELAY, .reply = 250 }, 0, VB_DONE, 550 },
		{ { .kind = VB_RELAY, .reply = 550 }, 0, VB_DONE, 550 },
		{ { .kind = VB_LIST, .items = two, .n_items = 2 }, 0, VB_DONE,
		    550 },
		{ { .kind = VB_FORWARD,
		      .reply = 251,
		      .items = &elsewhere,
		      .n_items = 1 },
		    0, VB_DONE, 550 },
		/* Another name for one. */
		{ { .kind = VB_LIST, .items = &others, .n_items = 1 },
		    VB_PRESENCE_AWAY, VB_DONE, 450 },
		{ { .kind = VB_FORWARD,
		      .reply = 251,
		      .items = &others,
		      .n_items = 1 },
		    VB_PRESENCE_HERE, VB_NEXT, 0 },
		{ { .kind = VB_FORWARD,
		      .reply = 250,
		      .items = &others,
		      .n_items = 1 },
		    VB_PRESENCE_AWAY, VB_DONE, 450 },
		/* RCPT knows what to say to these. */
		{ { .kind = VB_FORWARD, .reply = 550 }, 0, VB_NEXT, 0 },
		{ { .kind = VB_FORWARD, .reply = 551 }, 0, VB_NEXT, 0 },
		{ { .kind = VB_NOBODY }, 0, VB_NEXT, 0 },
		{ { .kind = VB_AMBIGUOUS }, 0, VB_NEXT, 0 },
		{ { .kind = VB_CANNOT_TELL }, 0, VB_NEXT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { .is_open = true,
			.transaction.kind = "send",
			.found = &cases[i].whom,
			.presence = cases[i].presence };
		void *conf = conf_of(&s, i % 2 == 0 ? "hide" : "tell");

		assert_int_equal(hook(&s, VB_AT_RCPT, conf), cases[i].verdict);
		assert_int_equal(s.code, cases[i].code);
		assert_string_equal(s.remark, "");
		fake_forget(&s.memory);
	}
}

static void
tells_presence_at_soml_and_saml_only_where_it_may(void **state)
{
	static const struct {
		const char *kind, *presence;
		enum vb_presence is;
		const char *remark;
	} cases[] = {
		{ "soml", "hide", VB_PRESENCE_AWAY, "" },
		{ "saml", "hide", VB_PRESENCE_HERE, "" },
		{ "mail", "tell", VB_PRESENCE_AWAY, "" },
		{ "soml", "tell", VB_PRESENCE_HERE, "" },
		{ "soml", "tell", VB_PRESENCE_AWAY,
		    "User not active now, so will do mail" },
		{ "saml", "tell", VB_PRESENCE_UNKNOWN,
		    "User not active now, so will do mail" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { .is_open = true,
			.transaction.kind = cases[i].kind,
			.found = &smith,
			.presence = cases[i].is };
		void *conf = conf_of(&s, cases[i].presence);

		assert_int_equal(hook(&s, VB_AT_RCPT, conf), VB_NEXT);
		assert_string_equal(s.remark, cases[i].remark);
		/* What is hidden is not even looked up. */
		if (strcmp(cases[i].presence, "hide") == 0)
			assert_string_equal(s.looked_up, "");
		fake_forget(&s.memory);
	}
}

static void
settles_at_the_end_of_data(void **state)
{
	const enum vb_shown all = VB_SHOWN_ALL, part = VB_SHOWN_PART,
			    not = VB_SHOWN_NOT, wait = VB_SHOWN_PENDING;
	const struct {
		const char *kind, *presence;
		enum vb_shown shows[2];
		enum vb_verdict verdict;
		int code;
		const char *settled, *remark;
	} cases[] = {
		{ "send", "hide", { all, wait }, VB_WAIT, 0, "", "" },
		{ "send", "hide", { not, not }, VB_DONE, 451, "", "" },
		{ "send", "hide", { all, part }, VB_NEXT, 0,
		    "0 delivered\n1 delivered\n", "OK, shown to 2 of 2" },
		{ "send", "hide", { not, all }, VB_NEXT, 0,
		    "0 never 5.2.1 not shown: the user is not active any "
		    "more\n1 delivered\n",
		    "OK, shown to 1 of 2" },
		{ "soml", "tell", { wait, not }, VB_WAIT, 0, "", "" },
		{ "soml", "tell", { not, not }, VB_NEXT, 0, "",
		    "OK, shown to 0 of 2" },
		{ "soml", "tell", { part, all }, VB_NEXT, 0, "1 delivered\n",
		    "OK, shown to 2 of 2" },
		{ "soml", "hide", { all, not }, VB_NEXT, 0, "0 delivered\n",
		    "OK, taken as FAKE1" },
		{ "soml", "hide", { not, not }, VB_NEXT, 0, "",
		    "OK, taken as FAKE1" },
		{ "saml", "hide", { all, all }, VB_NEXT, 0, "", "" },
		{ "mail", "tell", { all, all }, VB_NEXT, 0, "", "" },
	};
	const struct vb_found to[] = { smith, smith };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { .is_open = true,
			.transaction = { .kind = cases[i].kind,
			    .id = VB_STR("FAKE1"),
			    .recipients = 2 },
			.to = to,
			.shows = cases[i].shows };
		void *conf = conf_of(&s, cases[i].presence);

		assert_int_equal(
		    hook(&s, VB_AT_MESSAGE, conf), cases[i].verdict);
		assert_int_equal(s.code, cases[i].code);
		assert_string_equal(s.settled, cases[i].settled);
		assert_string_equal(s.remark, cases[i].remark);
		fake_forget(&s.memory);
	}
}

static void
shows_what_saml_has_stored(void **state)
{
	static const enum vb_shown pending[2];
	const struct vb_found to[] = { smith, smith };
	static const char *const kinds[] = { "send", "soml", "mail", "saml" };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct vb_session s = { .is_open = true,
			.transaction = { .kind = kinds[i], .recipients = 2 },
			.to = to,
			.shows = pending };
		void *conf = conf_of(&s, "hide");

		assert_int_equal(hook(&s, VB_AT_STORED, conf), VB_NEXT);
		assert_string_equal(s.shown,
		    i < 3 ? ""
			  : "smith@lab.test mailed\nsmith@lab.test mailed\n");
		fake_forget(&s.memory);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_a_transaction_of_its_kind),
		cmocka_unit_test(is_refused_within_a_transaction_but_in_rfc821),
		cmocka_unit_test(takes_for_send_only_those_who_are_here),
		cmocka_unit_test(
		    tells_presence_at_soml_and_saml_only_where_it_may),
		cmocka_unit_test(settles_at_the_end_of_data),
		cmocka_unit_test(shows_what_saml_has_stored),
	};

	return cmocka_run_group_tests_name("send", tests, NULL, NULL);
}
