/* EHLO: our name, then each keyword. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

static void
assert_says(const char *const *keywords, const char *says)
{
	struct vb_argument a = { .size = sizeof(a), .text = VB_STR("a.test") };
	struct vb_session s = { .client.hostname = VB_STR("mx.test"),
		.keywords = keywords };

	fake_use();
	assert_int_equal(vb_module.module->verbs[0].run(&s, &a, NULL), VB_DONE);
	assert_string_equal(s.lines, says);
	assert_string_equal(s.greeted_as, "a.test");
	assert_true(s.client.is_extended);
	fake_forget(&s.memory);
}

static void
says_our_name_and_each_keyword_on_a_line(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const three[] = { "SIZE 1000", "8BITMIME", "EXPN",
		NULL };

	(void)state;
	assert_says(none, "250 mx.test\n");
	assert_says(three, "250-mx.test\n250-SIZE 1000\n250-8BITMIME\n"
			   "250 EXPN\n");
}

static void
does_not_exist_in_1982(void **state)
{
	(void)state;
	assert_null(vb_module.module->verbs[0].codes.rfc821);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_our_name_and_each_keyword_on_a_line),
		cmocka_unit_test(does_not_exist_in_1982),
	};

	return cmocka_run_group_tests_name("ehlo", tests, NULL, NULL);
}
