/* Dots before dots, and line ends that nobody can mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/smtp/stuffing.h"

static struct buffer
stuff(struct vb_str text, size_t step)
{
	struct buffer to = { 0 };
	struct stuffing s = { 0 };

	for (size_t i = 0; i < text.n; i += step) {
		size_t n = text.n - i < step ? text.n - i : step;

		stuffing_add(&s, (struct vb_str){ text.p + i, n }, &to);
	}
	stuffing_end(&s, &to);
	return to;
}

static void
stuffs_however_it_is_cut(void **state)
{
	static const struct {
		const char *text, *sent;
	} cases[] = {
		{ "", ".\r\n" },
		{ "a\r\n", "a\r\n.\r\n" },
		{ ".\r\n", "..\r\n.\r\n" },
		{ "..a\r\n.b\r\n", "...a\r\n..b\r\n.\r\n" },
		{ "a.b\r\n\r\n.\r\n", "a.b\r\n\r\n..\r\n.\r\n" },
		{ "no end", "no end\r\n.\r\n" },
		{ "a\n.b\n", "a\r\n..b\r\n.\r\n" },
		{ "a\r.b\r\n", "a\r\n..b\r\n.\r\n" },
		{ "a\r", "a\r\n.\r\n" },
		{ "a\r\r\n.\r\n", "a\r\n\r\n..\r\n.\r\n" },
		{ "a\r\n.\r.\r\n", "a\r\n..\r\n..\r\n.\r\n" },
		{ "\n.\n", "\r\n..\r\n.\r\n" },
		{ "\r.\r", "\r\n..\r\n.\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step < 5; step++) {
			struct buffer to = stuff(vb_str(cases[i].text), step);

			buffer_add(&to, "", 1);
			assert_string_equal(to.p, cases[i].sent);
			buffer_finish(&to);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stuffs_however_it_is_cut),
	};

	return cmocka_run_group_tests_name("stuffing", tests, NULL, NULL);
}
