/* Envelopes as octets: what is packed is read, and anything else does no harm.
 */
#include "core/mail/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct recipient recipients[] = {
	{ RECIPIENT_LOCAL, { "smith@lab.test", 14 }, { "smith", 5 },
	    { "lab.test", 8 }, { "/home/smith", 11 } },
	{ RECIPIENT_REMOTE, { "joe@b.test", 10 }, { "", 0 }, { "b.test", 6 },
	    { "", 0 } },
	{ RECIPIENT_UNKNOWN, { "\0\n\xff", 3 }, { "", 0 }, { "", 0 },
	    { "", 0 } },
};

static const struct envelope sample = {
	.id = { "06CK0V4Q8R2M1", 13 },
	.session = { "06CK0V4Q7H0M1", 13 },
	.scope = { "public/10.0.0.0/8", 17 },
	.reverse_path = { "ann@a.test", 10 },
	.trace = { "Received: from a.test\r\n", 23 },
	.octets = UINT64_MAX,
	.arrived = -1,
	.recipients = recipients,
	.n_recipients = N(recipients),
};

static bool
is_same(const struct envelope *a, const struct envelope *b)
{
	bool same = vb_str_eq(a->id, b->id) &&
	            vb_str_eq(a->session, b->session) &&
	            vb_str_eq(a->scope, b->scope) &&
	            vb_str_eq(a->reverse_path, b->reverse_path) &&
	            vb_str_eq(a->trace, b->trace) && a->octets == b->octets &&
	            a->arrived == b->arrived &&
	            a->n_recipients == b->n_recipients;

	for (size_t i = 0; same && i < a->n_recipients; i++) {
		const struct recipient *x = &a->recipients[i],
				       *y = &b->recipients[i];

		same = x->kind == y->kind &&
		       vb_str_eq(x->mailbox, y->mailbox) &&
		       vb_str_eq(x->user, y->user) &&
		       vb_str_eq(x->domain, y->domain) &&
		       vb_str_eq(x->home, y->home);
	}
	return same;
}

/* Reads from memory of just its size, so that no octet behind is read. */
static bool
reads(const char *octets, size_t n, const struct envelope *want)
{
	struct arena *arena = arena_create();
	char *copy = malloc(n + (n == 0));
	struct unpack from = { copy, n, false };
	struct envelope got;
	bool ok;

	assert_non_null(copy);
	memcpy(copy, octets, n);
	ok = envelope_unpack(&from, arena, &got);
	if (ok && want != NULL)
		assert_true(is_same(&got, want));
	assert_true(arena_size(arena) < 64 * 1024 + n * 4);
	free(copy);
	arena_destroy(arena);
	return ok;
}

static void
reads_what_it_packed(void **state)
{
	struct envelope none = { .n_recipients = 0 };
	struct buffer packed = { 0 };

	(void)state;
	envelope_pack(&packed, &sample);
	assert_true(reads(packed.p, packed.n, &sample));
	packed.n = 0;
	envelope_pack(&packed, &none);
	assert_true(reads(packed.p, packed.n, &none));
	buffer_finish(&packed);
}

static void
is_none_when_an_octet_is_missing_or_too_many(void **state)
{
	struct buffer packed = { 0 };

	(void)state;
	envelope_pack(&packed, &sample);
	for (size_t n = 0; n < packed.n; n++)
		assert_false(reads(packed.p, n, NULL));
	buffer_add(&packed, "", 1);
	assert_false(reads(packed.p, packed.n, NULL));
	buffer_finish(&packed);
}

static void
refuses_kinds_that_there_are_not(void **state)
{
	struct recipient to = recipients[0];
	struct envelope e = sample;
	struct buffer packed = { 0 };

	(void)state;
	e.recipients = &to;
	e.n_recipients = 1;
	to.kind = (enum recipient_kind)(RECIPIENT_FAILED + 1);
	envelope_pack(&packed, &e);
	assert_false(reads(packed.p, packed.n, NULL));
	buffer_finish(&packed);
}

/* Lengths and counts that would wrap, or that ask for more memory than there
   can be octets for. */
static void
any_number_anywhere_does_no_harm(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 7, 8, 255, 65536, 1u << 31,
		UINT32_MAX, (uint64_t)1 << 60, INT64_MAX, UINT64_MAX - 7,
		UINT64_MAX };
	struct buffer packed = { 0 };

	(void)state;
	envelope_pack(&packed, &sample);
	for (size_t at = 0; at + 8 <= packed.n; at++)
		for (size_t i = 0; i < N(numbers); i++) {
			char old[8];

			memcpy(old, packed.p + at, 8);
			memcpy(packed.p + at, &numbers[i], 8);
			(void)reads(packed.p, packed.n, NULL);
			memcpy(packed.p + at, old, 8);
		}
	buffer_finish(&packed);
}

static void
garbage_does_no_harm(void **state)
{
	char octets[300];
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = seed % sizeof(octets);

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			octets[i] = (char)(seed >> 28 == 0 ? seed >> 16 : 0);
		}
		seed = seed * 1664525 + 1013904223 + round;
		(void)reads(octets, n, NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_packed),
		cmocka_unit_test(is_none_when_an_octet_is_missing_or_too_many),
		cmocka_unit_test(refuses_kinds_that_there_are_not),
		cmocka_unit_test(any_number_anywhere_does_no_harm),
		cmocka_unit_test(garbage_does_no_harm),
	};

	return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
