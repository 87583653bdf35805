/* Are texts what printf would make of them? */
#include "core/base/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 64 };

/* Both make it, in each size from none to more than it needs. */
VB_PRINTF(1, 2)
static void
assert_as_printf(const char *fmt, ...)
{
	char made[ROOM], want[ROOM];
	va_list ap, again;

	va_start(ap, fmt);
	for (size_t size = 0; size < ROOM; size++) {
		memset(made, '#', sizeof(made));
		memset(want, '#', sizeof(want));
		va_copy(again, ap);
		int n = vsnprintf(want, size, fmt, again);
		va_end(again);
		va_copy(again, ap);
		assert_int_equal(format(made, size, fmt, again), n);
		va_end(again);
		assert_memory_equal(made, want, sizeof(made));
	}
	va_end(ap);
}

static void
makes_texts_of_texts(void **state)
{
	(void)state;
	assert_as_printf("Bye");
	assert_as_printf("%s", "");
	assert_as_printf("%s.%s", "budget", "answers");
	assert_as_printf("<%.*s>", 5, "smith@lab.test");
	assert_as_printf("%.*s%s<%.*s>", 10, "Fred Smith", " ", 3, "a@b");
	assert_as_printf("%s%%", "half");
}

static void
a_text_ends_at_its_nul_or_before(void **state)
{
	const char *volatile nowhere = NULL; /* else gcc sees it, and warns */

	(void)state;
	assert_as_printf("%.*s!", 9, "ab\0cd");
	assert_as_printf("%.*s!", 0, "ab");
	assert_as_printf("%.*s!", 0, nowhere);
	assert_as_printf("%.*s!", -1, "ab");
}

static void
leaves_other_conversions_to_printf(void **state)
{
	(void)state;
	assert_as_printf("%s %d %s", "SIZE", 26214400, "octets");
	assert_as_printf("%-6s|%c|%.3s", "ab", 'x', "abcd");
	assert_as_printf("%.*s=%5.*s", 1, "ab", 2, "cd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_texts_of_texts),
		cmocka_unit_test(a_text_ends_at_its_nul_or_before),
		cmocka_unit_test(leaves_other_conversions_to_printf),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
