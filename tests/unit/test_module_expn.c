/* EXPN: which members of which list are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

#define STR(t)                   \
	{                        \
		t, sizeof(t) - 1 \
	}

static const struct vb_found members[] = {
	{ .kind = VB_MAILBOX,
	    .full_name = STR("Jon Postel"),
	    .mailbox = STR("postel@lab.test") },
	{ .kind = VB_RELAY,
	    .full_name = STR("Quincy Smith"),
	    .mailbox = STR("@a.test,@b.test:q-smith@c.test") },
	{ .kind = VB_LIST,
	    .mailbox = STR("inner@lab.test"),
	    .items = members,
	    .n_items = 1 },
	{ .kind = VB_NOBODY },                                  /* a program */
	{ .kind = VB_RELAY, .mailbox = STR("Owner-x@a.test") }, /* an owner */
	{ .kind = VB_CANNOT_TELL, .mailbox = STR("maybe@lab.test") },
	{ .kind = VB_RELAY, .mailbox = STR("joe@foo.test") },
};

static const struct vb_found people = {
	.kind = VB_LIST,
	.mailbox = STR("people@lab.test"),
	.items = members,
	.n_items = sizeof(members) / sizeof(members[0]),
};

static void
ask(struct vb_session *s, const struct vb_found *found, const char *disclose,
    const char *most)
{
	struct vb_argument a = { .size = sizeof(a), .text = VB_STR("people") };
	void *conf = fake_conf(&s->memory);

	fake_use();
	fake_set(&s->memory, conf, "disclose", disclose);
	fake_set(&s->memory, conf, "members", most);
	s->found = found;
	assert_int_equal(vb_module.module->verbs[0].run(s, &a, conf),
	    found->kind == VB_PENDING ? VB_WAIT : VB_DONE);
}

static void
says_nothing_and_looks_nothing_up_unless_told_to_disclose(void **state)
{
	struct vb_session s = { 0 }, old = { .client.is_rfc821 = true };

	(void)state;
	ask(&s, &people, "none", "100");
	assert_int_equal(s.code, 252);
	assert_string_equal(s.looked_up, "");
	ask(&old, &people, "none", "100");
	assert_int_equal(old.code, 504);
	fake_forget(&s.memory);
	fake_forget(&old.memory);
}

static void
shows_a_mailbox_a_line_and_nothing_that_is_none(void **state)
{
	static const struct {
		bool is_rfc821;
		const char *disclose, *most, *says;
	} cases[] = {
		{ false, "full", "100",
		    "250-2.1.5 Jon Postel <postel@lab.test>\n"
		    "250-2.1.5 Quincy Smith <q-smith@c.test>\n"
		    "250-2.1.5 <inner@lab.test>\n"
		    "250 2.1.5 <joe@foo.test>\n" },
		{ true, "full", "100",
		    "250-2.1.5 Jon Postel <postel@lab.test>\n"
		    "250-2.1.5 Quincy Smith <@a.test,@b.test:q-smith@c.test>\n"
		    "250-2.1.5 <inner@lab.test>\n"
		    "250 2.1.5 <joe@foo.test>\n" },
		{ false, "local", "100",
		    "250-2.1.5 Jon Postel <postel@lab.test>\n"
		    "250 2.1.5 <inner@lab.test>\n" },
		{ false, "full", "1",
		    "250-2.1.5 Jon Postel <postel@lab.test>\n"
		    "250 2.1.5 and 3 more\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = {
			.client.is_rfc821 = cases[i].is_rfc821
		};

		ask(&s, &people, cases[i].disclose, cases[i].most);
		assert_string_equal(s.lines, cases[i].says);
		fake_forget(&s.memory);
	}
}

static void
refuses_what_is_no_list_or_nobodys_business(void **state)
{
	static const struct {
		struct vb_found found;
		int code;
		const char *text;
	} cases[] = {
		{ { .kind = VB_LIST,
		      .items = members,
		      .n_items = 1,
		      .is_private = true },
		    550, "Access Denied to You" },
		{ { .kind = VB_LIST, .items = &members[3], .n_items = 2 }, 550,
		    "Access Denied to You" },
		{ { .kind = VB_LIST,
		      .mailbox = STR("owner-people@lab.test"),
		      .items = members,
		      .n_items = 1 },
		    550, "Access Denied to You" },
		{ { .kind = VB_MAILBOX }, 550,
		    "That is a user name, not a mailing list" },
		{ { .kind = VB_FORWARD }, 550,
		    "That is a user name, not a mailing list" },
		{ { .kind = VB_AMBIGUOUS }, 550, "No such mailing list here" },
		{ { .kind = VB_NOBODY }, 550, "No such mailing list here" },
		{ { .kind = VB_RELAY }, 550, "No such mailing list here" },
		{ { .kind = VB_CANNOT_TELL }, 252, "Cannot find that out now" },
		{ { .kind = VB_PENDING }, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { 0 };

		ask(&s, &cases[i].found, "full", "100");
		assert_int_equal(s.code, cases[i].code);
		assert_string_equal(s.text, cases[i].text);
		fake_forget(&s.memory);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    says_nothing_and_looks_nothing_up_unless_told_to_disclose),
		cmocka_unit_test(
		    shows_a_mailbox_a_line_and_nothing_that_is_none),
		cmocka_unit_test(refuses_what_is_no_list_or_nobodys_business),
	};

	return cmocka_run_group_tests_name("expn", tests, NULL, NULL);
}
