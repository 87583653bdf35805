/* Jobs as octets: each of several is read as it was packed, or none is. */
#include "core/mail/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct job
sample(unsigned i)
{
	return (struct job){
		.module = VB_STR("maildir"),
		.scope = 3 + i,
		.to = {
			.id = VB_STR("06CK0V4Q8R2M1"),
			.sender = VB_STR("ann@a.test"),
			.mailbox = VB_STR("smith@lab.test"),
			.user = VB_STR("smith"),
			.domain = VB_STR("lab.test"),
			.home = VB_STR(""),
			.arrived = 1795492707,
			.again = i % 2 == 1,
			.has_others = i % 3 == 1,
		},
		.return_path = VB_STR("@one.test:ann@a.test"),
		.trace = VB_STR("Received: from a.test\r\n"),
		.file = VB_STR("journal/0123456789abcdef"),
		.at = 4136 + i,
		.octets = UINT64_MAX - i,
		.seconds = 120,
	};
}

static void
assert_same(const struct job *a, const struct job *b)
{
	assert_true(vb_str_eq(a->module, b->module));
	assert_int_equal(a->scope, b->scope);
	assert_int_equal(a->to.size, sizeof(a->to));
	assert_true(vb_str_eq(a->to.id, b->to.id));
	assert_true(vb_str_eq(a->to.sender, b->to.sender));
	assert_true(vb_str_eq(a->to.mailbox, b->to.mailbox));
	assert_true(vb_str_eq(a->to.user, b->to.user));
	assert_true(vb_str_eq(a->to.domain, b->to.domain));
	assert_true(vb_str_eq(a->to.home, b->to.home));
	assert_int_equal(a->to.arrived, b->to.arrived);
	assert_int_equal(a->to.again, b->to.again);
	assert_int_equal(a->to.has_others, b->to.has_others);
	assert_true(vb_str_eq(a->return_path, b->return_path));
	assert_true(vb_str_eq(a->trace, b->trace));
	assert_true(vb_str_eq(a->file, b->file));
	assert_true(a->at == b->at && a->octets == b->octets);
	assert_int_equal(a->seconds, b->seconds);
}

static struct buffer
pack(unsigned n)
{
	struct buffer packed = { 0 };

	for (unsigned i = 0; i < n; i++) {
		struct job job = sample(i);

		job_pack(&packed, &job);
	}
	return packed;
}

/* How many there are in memory of just that size. */
static unsigned
count(const char *octets, size_t n)
{
	char *copy = malloc(n + (n == 0));
	struct unpack from = { copy, n, false };
	struct job job;
	unsigned jobs = 0;

	assert_non_null(copy);
	memcpy(copy, octets, n);
	while (from.n > 0 && job_unpack(&from, &job))
		jobs++;
	free(copy);
	return jobs;
}

static void
reads_each_of_several(void **state)
{
	struct buffer packed = pack(5);
	struct unpack from = { packed.p, packed.n, false };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct job want = sample(i), got;

		assert_true(job_unpack(&from, &got));
		assert_same(&got, &want);
	}
	assert_true(unpack_is_done(&from));
	buffer_finish(&packed);
}

static void
reads_no_half_of_one(void **state)
{
	struct buffer packed = pack(2);

	(void)state;
	for (size_t n = 0; n <= packed.n; n++)
		assert_int_equal(count(packed.p, n), n / (packed.n / 2));
	buffer_finish(&packed);
}

static void
any_length_anywhere_does_no_harm(void **state)
{
	static const uint64_t lengths[] = { 0, 1, 255, 65536, UINT32_MAX,
		INT64_MAX, UINT64_MAX - 7, UINT64_MAX };
	struct buffer packed = pack(1);

	(void)state;
	for (size_t at = 0; at + 8 <= packed.n; at++)
		for (size_t i = 0; i < sizeof(lengths) / 8; i++) {
			char old[8];

			memcpy(old, packed.p + at, 8);
			memcpy(packed.p + at, &lengths[i], 8);
			assert_in_range(count(packed.p, packed.n), 0, 1);
			memcpy(packed.p + at, old, 8);
		}
	buffer_finish(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_of_several),
		cmocka_unit_test(reads_no_half_of_one),
		cmocka_unit_test(any_length_anywhere_does_no_harm),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
