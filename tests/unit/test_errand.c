/* An errand is what it was packed as. */
#include "core/mail/errand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_str(got, want) assert_true(vb_str_eq(got, want))

static const struct vb_str recipients[] = { { "joe@b.test", 10 },
	{ "@c.test:jim@b.test", 18 } };
static const struct errand whole = {
	.scope = 3,
	.id = { "06CK0V4Q8R2M1", 13 },
	.domain = { "b.test", 6 },
	.reverse_path = { "ann@a.test", 10 },
	.recipients = recipients,
	.n_recipients = 2,
	.trace = { "Received: here\r\n", 16 },
	.file = { "queue/A/7/06CK0V4Q8R2M1", 23 },
	.at = 286,
	.octets = 4096,
	.has_8bit = true,
	.asked = 77,
};

static void
is_what_it_was(void **state)
{
	struct buffer packed = { 0 };
	struct arena *arena = arena_create();
	struct errand e;
	struct unpack from;

	(void)state;
	errand_pack(&packed, &whole);
	from = (struct unpack){ packed.p, packed.n, false };
	assert_true(errand_unpack(&from, arena, &e));
	assert_int_equal(e.scope, 3);
	assert_str(e.id, whole.id);
	assert_str(e.domain, whole.domain);
	assert_str(e.reverse_path, whole.reverse_path);
	assert_str(e.trace, whole.trace);
	assert_str(e.file, whole.file);
	assert_int_equal(e.at, 286);
	assert_int_equal(e.octets, 4096);
	assert_true(e.has_8bit);
	assert_int_equal(e.asked, 77);
	assert_int_equal(e.n_recipients, 2);
	for (size_t i = 0; i < 2; i++)
		assert_str(e.recipients[i], recipients[i]);
	buffer_finish(&packed);
	arena_destroy(arena);
}

static void
may_be_for_nobody(void **state)
{
	const struct errand none = { .id = VB_STR("06CK0V4Q8R2M1") };
	struct buffer packed = { 0 };
	struct arena *arena = arena_create();
	struct errand e;
	struct unpack from;

	(void)state;
	errand_pack(&packed, &none);
	from = (struct unpack){ packed.p, packed.n, false };
	assert_true(errand_unpack(&from, arena, &e));
	assert_int_equal(e.n_recipients, 0);
	assert_str(e.id, none.id);
	buffer_finish(&packed);
	arena_destroy(arena);
}

static void
is_none_when_it_is_cut_off_or_has_more(void **state)
{
	struct buffer packed = { 0 };
	struct arena *arena = arena_create();
	struct errand e;

	(void)state;
	errand_pack(&packed, &whole);
	buffer_add(&packed, "", 1);
	for (size_t n = 0; n <= packed.n; n++) {
		struct unpack from = { packed.p, n, false };

		if (n != packed.n - 1)
			assert_false(errand_unpack(&from, arena, &e));
	}
	buffer_finish(&packed);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_it_was),
		cmocka_unit_test(may_be_for_nobody),
		cmocka_unit_test(is_none_when_it_is_cut_off_or_has_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
