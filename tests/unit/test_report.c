/* Reports as octets: how each delivery of a batch ended. */
#include "core/mail/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct report reports[] = {
	{ VB_DELIVERED, { "", 0 }, { "stored", 6 }, { "", 0 } },
	{ VB_LATER, { "4.2.1", 5 }, { "450 busy", 8 }, { "mx.b.test", 9 } },
	{ VB_NEVER, { "5.1.1", 5 }, { "a\0b\r\n\xff", 6 }, { "", 0 } },
	{ VB_FAILED, { "", 0 }, { "", 0 }, { "", 0 } },
};

static struct buffer
pack_all(void)
{
	struct buffer packed = { 0 };

	for (size_t i = 0; i < N(reports); i++)
		report_pack(&packed, &reports[i]);
	return packed;
}

static void
reads_each_of_several(void **state)
{
	struct buffer packed = pack_all();
	struct unpack from = { packed.p, packed.n, false };
	struct report got;

	(void)state;
	for (size_t i = 0; i < N(reports); i++) {
		assert_true(report_unpack(&from, &got));
		assert_int_equal(got.outcome, reports[i].outcome);
		assert_true(vb_str_eq(got.status, reports[i].status));
		assert_true(vb_str_eq(got.text, reports[i].text));
		assert_true(vb_str_eq(got.remote, reports[i].remote));
	}
	assert_true(unpack_is_done(&from));
	assert_false(report_unpack(&from, &got));
	buffer_finish(&packed);
}

/* Whoever died while it reported has reported what is whole. */
static void
reads_no_half_of_one(void **state)
{
	struct buffer packed = pack_all();
	size_t ends[N(reports)], whole = 0;
	struct buffer one = { 0 };

	(void)state;
	for (size_t i = 0; i < N(reports); i++) {
		report_pack(&one, &reports[i]);
		ends[i] = one.n;
	}
	for (size_t n = 0; n <= packed.n; n++) {
		char *copy = malloc(n + (n == 0));
		struct unpack from = { copy, n, false };
		struct report got;
		size_t count = 0;

		assert_non_null(copy);
		memcpy(copy, packed.p, n);
		while (report_unpack(&from, &got))
			count++;
		whole += whole < N(reports) && n == ends[whole];
		assert_int_equal(count, whole);
		free(copy);
	}
	buffer_finish(&one);
	buffer_finish(&packed);
}

static void
an_outcome_that_there_is_not_is_a_failure(void **state)
{
	static const uint64_t outcomes[] = { VB_NEVER + 1, 255,
		(uint64_t)1 << 32 | VB_DELIVERED, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < N(outcomes); i++) {
		struct buffer packed = { 0 };
		struct unpack from;
		struct report got;

		report_pack(&packed, &reports[0]);
		memcpy(packed.p, &outcomes[i], sizeof(outcomes[i]));
		from = (struct unpack){ packed.p, packed.n, false };
		assert_true(report_unpack(&from, &got));
		assert_int_equal(got.outcome, VB_FAILED);
		buffer_finish(&packed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_of_several),
		cmocka_unit_test(reads_no_half_of_one),
		cmocka_unit_test(an_outcome_that_there_is_not_is_a_failure),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
