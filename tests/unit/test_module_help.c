/* HELP: the modules' own words, and nothing of what one may not use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

static const struct vb_verb table[] = {
	{ VB_VERB, .name = "NOOP", .syntax = "NOOP [<string>]",
	    .help = "Does nothing.", .reference = "RFC 5321 §4.1.1.9" },
	{ VB_VERB, .name = "XLONG", .syntax = "XLONG",
	    .help = "A text that is so long that it takes more than one line, "
		    "and has a word in it of which nobody knows where to part "
		    "it: "
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa." },
	{ VB_VERB, .name = "XBARE", .syntax = "XBARE",
	    .reference = "our own manual" },
	{ 0 },
};

static void
ask(struct vb_session *s, const char *topic)
{
	struct vb_argument a = { .size = sizeof(a), .text = vb_str(topic) };

	fake_use();
	s->usable = table;
	assert_int_equal(vb_module.module->verbs[0].run(s, &a, NULL), VB_DONE);
}

static void
tells_what_the_row_of_a_verb_says(void **state)
{
	static const struct {
		const char *topic, *says;
	} cases[] = {
		{ "noop", "214-2.0.0 NOOP [<string>]\n"
			  "214-2.0.0   Does nothing.\n"
			  "214 2.0.0   RFC 5321, section 4.1.1.9\n" },
		{ "XBARE", "214-2.0.0 XBARE\n"
			   "214 2.0.0   our own manual\n" },
		{ "XLONG",
		    "214-2.0.0 XLONG\n"
		    "214-2.0.0   A text that is so long that it takes more "
		    "than one line, and has a\n"
		    "214-2.0.0   word in it of which nobody knows where to "
		    "part it:\n"
		    "214-2.0.0   aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaa\n"
		    "214 2.0.0   aaaaaaaaaaaaaa.\n" },
		{ "VRFY", "504 5.5.4 There is no help for that\n" },
		{ "NOOP x", "504 5.5.4 There is no help for that\n" },
		{ "", "214-2.0.0 You may use\n"
		      "214-2.0.0  NOOP XLONG XBARE\n"
		      "214 2.0.0 HELP and one of these tells more; HELP STATUS "
		      "of this session.\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_session s = { 0 };

		ask(&s, cases[i].topic);
		assert_string_equal(s.lines, cases[i].says);
		fake_forget(&s.memory);
	}
}

static void
tells_how_the_session_stands(void **state)
{
	struct vb_session s = {
		.client = { .hostname = VB_STR("mx.test"),
		    .site = VB_STR("main"),
		    .session = VB_STR("S1"),
		    .address = VB_STR("192.0.2.1") },
	};

	(void)state;
	ask(&s, "status");
	assert_string_equal(s.lines,
	    "211-2.0.0 mx.test, site main, profile rfc5321\n"
	    "211-2.0.0 Session S1 with 192.0.2.1\n"
	    "211 2.0.0 No message is begun\n");
	s.code = 0;
	s.lines[0] = '\0';
	s.is_open = true;
	s.transaction = (struct vb_transaction){ .kind = "mail",
		.recipients = 2 };
	s.client.helo = VB_STR("a.test");
	ask(&s, "STATUS");
	assert_string_equal(s.lines,
	    "211-2.0.0 mx.test, site main, profile rfc5321\n"
	    "211-2.0.0 Session S1 with 192.0.2.1, calling itself a.test\n"
	    "211 2.0.0 A message (mail) is begun, with 2 recipients\n");
	fake_forget(&s.memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_the_row_of_a_verb_says),
		cmocka_unit_test(tells_how_the_session_stands),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
