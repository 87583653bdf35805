/* Questions about what is kept, and answers, are what they were packed as. */
#include "core/mail/kept_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct vb_str domains[] = { { "a.test", 6 }, { "b.test", 6 } };

static void
a_question_is_what_it_was(void **state)
{
	static const enum kept_what what[] = { KEPT_COUNT, KEPT_LET_GO,
		KEPT_COLLECT };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct kept_ask ask = { what[i], VB_STR("SESSION"),
			{ domains, i } };
		struct buffer packed = { 0 };
		struct arena *arena = arena_create();
		struct unpack from;
		struct kept_ask got;

		kept_ask_pack(&packed, &ask);
		from = (struct unpack){ packed.p, packed.n, false };
		assert_true(kept_ask_unpack(&from, arena, &got));
		assert_int_equal(got.what, what[i]);
		assert_true(vb_str_eq(got.session, ask.session));
		assert_int_equal(got.domains.n, i);
		for (size_t k = 0; k < i; k++)
			assert_true(
			    vb_str_eq(got.domains.items[k], domains[k]));
		buffer_finish(&packed);
		arena_destroy(arena);
	}
}

static void
what_is_cut_off_or_of_no_kind_is_no_question(void **state)
{
	const struct kept_ask ask = { KEPT_COLLECT, VB_STR("SESSION"),
		{ domains, 2 } };
	struct buffer packed = { 0 };
	struct arena *arena = arena_create();
	struct unpack from;
	struct kept_ask got;

	(void)state;
	kept_ask_pack(&packed, &ask);
	for (size_t n = 0; n < packed.n; n++) {
		from = (struct unpack){ packed.p, n, false };
		assert_false(kept_ask_unpack(&from, arena, &got));
	}
	packed.p[0] = KEPT_COLLECT + 1;
	from = (struct unpack){ packed.p, packed.n, false };
	assert_false(kept_ask_unpack(&from, arena, &got));
	buffer_finish(&packed);
	arena_destroy(arena);
}

static void
an_answer_is_what_it_was(void **state)
{
	const struct vb_kept kept = { .size = sizeof(kept),
		.state = VB_KEPT_KNOWN,
		.messages = 7,
		.octets = UINT64_MAX };
	struct buffer packed = { 0 };
	struct unpack from;
	struct vb_kept got;

	(void)state;
	kept_answer_pack(&packed, &kept);
	from = (struct unpack){ packed.p, packed.n, false };
	assert_true(kept_answer_unpack(&from, &got));
	assert_int_equal(got.state, VB_KEPT_KNOWN);
	assert_int_equal(got.messages, 7);
	assert_true(got.octets == UINT64_MAX);
	from = (struct unpack){ packed.p, packed.n - 1, false };
	assert_false(kept_answer_unpack(&from, &got));
	packed.p[0] = 77;
	from = (struct unpack){ packed.p, packed.n, false };
	assert_true(kept_answer_unpack(&from, &got));
	assert_int_equal(got.state, VB_KEPT_UNSURE);
	buffer_finish(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_what_it_was),
		cmocka_unit_test(what_is_cut_off_or_of_no_kind_is_no_question),
		cmocka_unit_test(an_answer_is_what_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
