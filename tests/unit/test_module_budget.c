/* The budget: what counts, and what is said when it is spent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

static const char *recipient = "ann";

static enum vb_verdict
run(struct vb_session *s, enum vb_point point, const char *verb, int code,
    const void *conf)
{
	const struct vb_argument to = { .size = sizeof(to),
		.path.local = vb_str(recipient) };
	const struct vb_event event = { .size = sizeof(event),
		.point = point,
		.verb = vb_str(verb),
		.argument = &to,
		.code = code };
	const struct vb_hook *hook = vb_module.module->hooks;

	while (hook->point != point)
		hook++;
	return hook->run(s, &event, conf);
}

static void
counts_those_who_are_not_active_after_send(void **state)
{
	static const struct {
		const char *kind;
		int code;
		unsigned n;
	} cases[] = {
		{ "send", 450, 1 },
		{ "send", 250, 0 },
		{ "soml", 450, 0 },
		{ "mail", 450, 0 },
	};

	(void)state;
	fake_use();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { .is_open = true,
			.transaction.kind = cases[i].kind };
		void *conf = fake_conf(&s.memory);

		assert_int_equal(
		    run(&s, VB_AT_COMMAND, "RCPT", 0, conf), VB_NEXT);
		run(&s, VB_AT_REPLY, "RCPT", cases[i].code, conf);
		assert_int_equal(s.counted, cases[i].n);
		fake_forget(&s.memory);
	}
}

static void
does_not_count_its_own_450_after_send(void **state)
{
	struct vb_session s = {
		.is_open = true, .transaction.kind = "send", .counted = 50
	};
	void *conf;

	(void)state;
	fake_use();
	conf = fake_conf(&s.memory);
	assert_int_equal(run(&s, VB_AT_COMMAND, "RCPT", 0, conf), VB_DONE);
	assert_int_equal(s.code, 450);
	run(&s, VB_AT_REPLY, "RCPT", 450, conf);
	assert_int_equal(s.counted, 50);
	fake_forget(&s.memory);
}

static void
counts_what_tells_who_is_here(void **state)
{
	static const struct {
		const char *verb;
		int code;
		unsigned n;
	} cases[] = {
		{ "VRFY", 250, 1 },
		{ "VRFY", 251, 1 },
		{ "VRFY", 550, 1 },
		{ "VRFY", 551, 1 },
		{ "VRFY", 553, 1 },
		{ "VRFY", 252, 0 },
		{ "VRFY", 502, 0 },
		{ "VRFY", 504, 0 },
		{ "EXPN", 250, 1 },
		{ "EXPN", 550, 1 },
		{ "RCPT", 250, 0 },
		{ "RCPT", 251, 0 },
		{ "RCPT", 550, 1 },
		{ "RCPT", 551, 1 },
		{ "RCPT", 553, 1 },
		{ "RCPT", 450, 0 },
		{ "RCPT", 503, 0 },
		{ "MAIL", 550, 0 },
		{ "", 220, 0 },
	};

	(void)state;
	fake_use();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { 0 };

		run(&s, VB_AT_REPLY, cases[i].verb, cases[i].code,
		    fake_conf(&s.memory));
		assert_int_equal(s.counted, cases[i].n);
		fake_forget(&s.memory);
	}
}

static void
says_nothing_more_when_it_is_spent(void **state)
{
	static const struct {
		const char *verb;
		bool is_rfc821;
		int code; /* 0: may pass */
	} cases[] = {
		{ "VRFY", false, 252 },
		{ "EXPN", false, 252 },
		{ "RCPT", false, 450 },
		{ "VRFY", true, 504 },
		{ "EXPN", true, 504 },
		{ "RCPT", true, 450 },
		{ "MAIL", false, 0 },
		{ "HELP", false, 0 },
	};

	(void)state;
	fake_use();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = {
			.client.is_rfc821 = cases[i].is_rfc821
		};
		void *conf = fake_conf(&s.memory);

		fake_set(&s.memory, conf, "answers", "3");
		s.counted = 2;
		assert_int_equal(
		    run(&s, VB_AT_COMMAND, cases[i].verb, 0, conf), VB_NEXT);
		s.counted = 3;
		assert_int_equal(run(&s, VB_AT_COMMAND, cases[i].verb, 0, conf),
		    cases[i].code == 0 ? VB_NEXT : VB_DONE);
		assert_int_equal(s.code, cases[i].code);
		assert_int_equal(s.counted, 3);
		fake_forget(&s.memory);
	}
}

static void
mail_to_postmaster_is_always_taken(void **state)
{
	struct vb_session s = { .counted = 1000000 };

	(void)state;
	fake_use();
	recipient = "PostMaster";
	assert_int_equal(
	    run(&s, VB_AT_COMMAND, "RCPT", 0, fake_conf(&s.memory)), VB_NEXT);
	recipient = "ann";
	assert_int_equal(
	    run(&s, VB_AT_COMMAND, "RCPT", 0, fake_conf(&s.memory)), VB_DONE);
	fake_forget(&s.memory);
}

static void
zero_is_without_end(void **state)
{
	struct vb_session s = { .counted = 1000000 };
	void *conf = fake_conf(&s.memory);

	(void)state;
	fake_use();
	fake_set(&s.memory, conf, "answers", "0");
	assert_int_equal(run(&s, VB_AT_COMMAND, "VRFY", 0, conf), VB_NEXT);
	run(&s, VB_AT_REPLY, "VRFY", 250, conf);
	assert_int_equal(s.counted, 1000000);
	fake_forget(&s.memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_tells_who_is_here),
		cmocka_unit_test(counts_those_who_are_not_active_after_send),
		cmocka_unit_test(does_not_count_its_own_450_after_send),
		cmocka_unit_test(says_nothing_more_when_it_is_spent),
		cmocka_unit_test(mail_to_postmaster_is_always_taken),
		cmocka_unit_test(zero_is_without_end),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
