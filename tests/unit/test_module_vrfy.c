/* VRFY: what is said of whom, to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

static const struct vb_found smith = {
	.kind = VB_MAILBOX,
	.full_name = { "Fred Smith", 10 },
	.mailbox = { "smith@lab.test", 14 },
};

/* Asks about somebody that the lookup says is this one. */
static void
ask(struct vb_session *s, const struct vb_found *found, const char *disclose,
    const char *candidates)
{
	struct vb_argument a = { .size = sizeof(a), .text = VB_STR("Smith") };
	void *conf = fake_conf(&s->memory);
	enum vb_verdict verdict;

	fake_use();
	fake_set(&s->memory, conf, "disclose", disclose);
	fake_set(&s->memory, conf, "candidates", candidates);
	s->found = found;
	verdict = vb_module.module->verbs[0].run(s, &a, conf);
	assert_int_equal(verdict,
	    found->kind == VB_PENDING && s->code == 0 ? VB_WAIT : VB_DONE);
}

static void
says_nothing_and_looks_nobody_up_unless_told_to_disclose(void **state)
{
	struct vb_session s = { 0 }, old = { .client.is_rfc821 = true };

	(void)state;
	ask(&s, &smith, "none", "0");
	assert_int_equal(s.code, 252);
	assert_string_equal(s.looked_up, "");
	ask(&old, &smith, "none", "0");
	assert_int_equal(old.code, 504);
	fake_forget(&s.memory);
	fake_forget(&old.memory);
}

#define SMITH "250 2.1.5 Fred Smith <smith@lab.test>\n"
#define JONES "Jones@isiq.test"
#define STR(t)                   \
	{                        \
		t, sizeof(t) - 1 \
	}

static void
says_who_somebody_is(void **state)
{
	static const struct vb_found away = {
		.kind = VB_RELAY,
		.mailbox = STR("@a.test,@b.test:joe@c.test"),
		.reply = 250,
	};
	static const struct vb_found out = {
		.kind = VB_RELAY,
		.mailbox = STR("joe@c.test"),
	};
	static const struct vb_found two[2];
	static const struct {
		struct vb_found found;
		const char *local, *full; /* disclose */
	} cases[] = {
		{ { .kind = VB_MAILBOX,
		      .full_name = STR("Fred Smith"),
		      .mailbox = STR("smith@lab.test") },
		    SMITH, SMITH },
		{ { .kind = VB_MAILBOX, .mailbox = STR("smith@lab.test") },
		    "250 2.1.5 <smith@lab.test>\n",
		    "250 2.1.5 <smith@lab.test>\n" },
		{ { .kind = VB_MAILBOX,
		      .full_name = STR("Smith, \"F\""),
		      .mailbox = STR("smith@lab.test") },
		    "250 2.1.5 \"Smith, \\\"F\\\"\" <smith@lab.test>\n",
		    "250 2.1.5 \"Smith, \\\"F\\\"\" <smith@lab.test>\n" },
		{ { .kind = VB_FORWARD,
		      .mailbox = STR(JONES),
		      .reply = 251,
		      .written = STR("jones@lab.test") },
		    "250 2.1.5 <jones@lab.test>\n",
		    "251 2.1.5 User not local; will forward to <" JONES ">\n" },
		{ { .kind = VB_FORWARD,
		      .mailbox = STR(JONES),
		      .reply = 551,
		      .written = STR("jones@lab.test") },
		    "550 5.1.1 String does not match anything\n",
		    "551 5.1.6 User not local; please try <" JONES ">\n" },
		{ { .kind = VB_FORWARD,
		      .mailbox = STR("jones@lab.test"),
		      .reply = 250,
		      .written = STR("jones@lab.test") },
		    "250 2.1.5 <jones@lab.test>\n",
		    "250 2.1.5 <jones@lab.test>\n" },
		{ { .kind = VB_FORWARD,
		      .mailbox = STR("jones@lab.test"),
		      .reply = 550,
		      .written = STR("jones@lab.test") },
		    "550 5.1.1 String does not match anything\n",
		    "550 5.1.1 String does not match anything\n" },
		{ { .kind = VB_LIST,
		      .mailbox = STR("all@lab.test"),
		      .reaches_all = true,
		      .items = two,
		      .n_items = 2 },
		    "250 2.1.5 <all@lab.test>\n",
		    "250 2.1.5 <all@lab.test>\n" },
		{ { .kind = VB_LIST, .items = two, .n_items = 2 },
		    "550 5.1.3 That is a mailing list, not a user\n",
		    "550 5.1.3 That is a mailing list, not a user\n" },
		{ { .kind = VB_LIST, .items = &smith, .n_items = 1 }, SMITH,
		    SMITH },
		{ { .kind = VB_LIST,
		      .mailbox = STR("joe@lab.test"),
		      .reaches_all = true,
		      .items = &away,
		      .n_items = 1 },
		    "250 2.1.5 <joe@lab.test>\n",
		    "250 2.1.5 <joe@lab.test>\n" },
		{ { .kind = VB_LIST,
		      .items = &smith,
		      .n_items = 1,
		      .is_private = true },
		    "550 5.1.3 That is a mailing list, not a user\n",
		    "550 5.1.3 That is a mailing list, not a user\n" },
		{ { .kind = VB_AMBIGUOUS, .items = two, .n_items = 2 },
		    "553 5.1.4 User ambiguous\n",
		    "553 5.1.4 User ambiguous\n" },
		{ { .kind = VB_LIST, .items = &out, .n_items = 1 },
		    "550 5.1.3 That is a mailing list, not a user\n",
		    "550 5.1.3 That is a mailing list, not a user\n" },
		{ { .kind = VB_RELAY, .reply = 250 },
		    "252 2.5.0 Cannot tell, but will take mail\n",
		    "252 2.5.0 Cannot tell, but will take mail\n" },
		{ { .kind = VB_RELAY },
		    "550 5.1.2 Not a domain of this server\n",
		    "550 5.1.2 Not a domain of this server\n" },
		{ { .kind = VB_NOBODY },
		    "550 5.1.1 String does not match anything\n",
		    "550 5.1.1 String does not match anything\n" },
		{ { .kind = VB_CANNOT_TELL },
		    "252 2.5.0 Cannot find that out now, but will take mail\n",
		    "252 2.5.0 Cannot find that out now, but will take "
		    "mail\n" },
		{ { .kind = VB_PENDING }, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session local = { 0 }, full = { 0 };

		ask(&local, &cases[i].found, "local", "0");
		assert_string_equal(local.lines, cases[i].local);
		assert_string_equal(local.looked_up, "Smith");
		ask(&full, &cases[i].found, "full", "0");
		assert_string_equal(full.lines, cases[i].full);
		fake_forget(&local.memory);
		fake_forget(&full.memory);
	}
}

static void
has_504_where_rfc_821_has_no_252(void **state)
{
	static const struct vb_found cannot = { .kind = VB_CANNOT_TELL };
	struct vb_session s = { .client.is_rfc821 = true };

	(void)state;
	ask(&s, &cannot, "full", "0");
	assert_int_equal(s.code, 504);
	fake_forget(&s.memory);
}

static void
lists_candidates_if_that_is_the_policy(void **state)
{
	static const struct vb_found both[] = {
		{ .kind = VB_MAILBOX,
		    .full_name = STR("Fred Smith"),
		    .mailbox = STR("smith@lab.test") },
		{ .kind = VB_MAILBOX, .mailbox = STR("jsmith@lab.test") },
	};
	static const struct vb_found found = {
		.kind = VB_AMBIGUOUS,
		.items = both,
		.n_items = 2,
	};
	static const struct {
		const char *disclose, *candidates, *says;
	} cases[] = {
		{ "local", "9", "553 5.1.4 User ambiguous\n" },
		{ "full", "0", "553 5.1.4 User ambiguous\n" },
		{ "full", "1",
		    "553-5.1.4 User ambiguous; possibilities are\n"
		    "553 5.1.4 Fred Smith <smith@lab.test>\n" },
		{ "full", "9",
		    "553-5.1.4 User ambiguous; possibilities are\n"
		    "553-5.1.4 Fred Smith <smith@lab.test>\n"
		    "553 5.1.4 <jsmith@lab.test>\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { 0 };

		ask(&s, &found, cases[i].disclose, cases[i].candidates);
		assert_string_equal(s.lines, cases[i].says);
		fake_forget(&s.memory);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    says_nothing_and_looks_nobody_up_unless_told_to_disclose),
		cmocka_unit_test(says_who_somebody_is),
		cmocka_unit_test(has_504_where_rfc_821_has_no_252),
		cmocka_unit_test(lists_candidates_if_that_is_the_policy),
	};

	return cmocka_run_group_tests_name("vrfy", tests, NULL, NULL);
}
