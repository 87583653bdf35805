/* Mail exchangers: which are of use, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/io/exchangers.h"

static void
chooses_the_nearer_ones(void **state)
{
	static const struct {
		struct {
			unsigned preference;
			const char *host;
		} in[5];
		size_t n;
		enum exchangers what;
		const char *out;
	} cases[] = {
		{ { { 20, "b" }, { 10, "a" }, { 30, "c" } }, 3, EXCHANGERS_SOME,
		    "a b c" },
		{ { { 0, "" } }, 1, EXCHANGERS_NONE, "" },
		{ { { 0, "" }, { 10, "a" } }, 2, EXCHANGERS_SOME, "a" },
		{ { { 10, "us.test" } }, 1, EXCHANGERS_CIRCLE, "" },
		{ { { 30, "c" }, { 20, "US.test." }, { 10, "a" } }, 3,
		    EXCHANGERS_SOME, "a" },
		{ { { 20, "b" }, { 20, "us.test" } }, 2, EXCHANGERS_CIRCLE,
		    "" },
		{ { { 30, "us.test" }, { 20, "us.test" }, { 10, "a" },
		      { 25, "b" } },
		    4, EXCHANGERS_SOME, "a" },
		{ { { 65535, "a" } }, 1, EXCHANGERS_SOME, "a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dns_record records[5] = { 0 };
		struct buffer out = { 0 };
		size_t n = cases[i].n;

		for (size_t k = 0; k < n; k++) {
			records[k].preference = cases[i].in[k].preference;
			snprintf(records[k].host, sizeof(records[k].host), "%s",
			    cases[i].in[k].host);
		}
		assert_int_equal(
		    exchangers_choose(records, &n, VB_STR("us.test")),
		    cases[i].what);
		for (size_t k = 0; k < n; k++)
			buffer_printf(
			    &out, "%s%s", k > 0 ? " " : "", records[k].host);
		buffer_add(&out, "", 1);
		assert_string_equal(out.p, cases[i].out);
		buffer_finish(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_the_nearer_ones),
	};

	return cmocka_run_group_tests_name("exchangers", tests, NULL, NULL);
}
