/* Records as octets: what is written is read, and nothing else is valid. */
#include "core/mail/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/crc32c.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const char content[] = "the envelopeand the message";
enum { HEAD = 12, LENGTH = sizeof(content) - 1 };

static const uint64_t life = 0x0123456789abcdef;
static const uint64_t place = 3 * SEGMENT_BLOCK;

struct whole {
	char octets[RECORD_HEAD + LENGTH];
};

static struct whole
write_whole(void)
{
	const struct record r = { RECORD_MESSAGE, VB_STR("06CK0V4Q8R2M1"),
		LENGTH, HEAD };
	const struct vb_str parts[] = { { content, HEAD },
		{ content + HEAD, LENGTH - HEAD } };
	struct whole w;

	record_write(w.octets, &r, life, place, parts, N(parts));
	memcpy(w.octets + RECORD_HEAD, content, LENGTH);
	return w;
}

static bool
is_valid(const struct whole *w, uint64_t incarnation, uint64_t at)
{
	struct record r;
	uint32_t crc;

	if (!record_read(w->octets, at, &r) || r.length != LENGTH)
		return false;
	crc = record_crc_begin(w->octets, incarnation, at);
	return crc32c(crc, w->octets + RECORD_HEAD, LENGTH) ==
	       record_crc(w->octets);
}

static void
reads_back_what_was_written(void **state)
{
	struct whole w = write_whole();
	struct record r;

	(void)state;
	assert_true(record_read(w.octets, place, &r));
	assert_int_equal(r.type, RECORD_MESSAGE);
	assert_true(vb_str_eq(r.id, VB_STR("06CK0V4Q8R2M1")));
	assert_int_equal(r.length, LENGTH);
	assert_int_equal(r.head, HEAD);
	assert_true(is_valid(&w, life, place));
}

static void
every_bit_of_it_counts(void **state)
{
	struct whole w = write_whole();

	(void)state;
	for (size_t bit = 0; bit < sizeof(w.octets) * 8; bit++) {
		char mask = (char)(1u << bit % 8);

		w.octets[bit / 8] ^= mask;
		assert_false(is_valid(&w, life, place));
		w.octets[bit / 8] ^= mask;
	}
	assert_true(is_valid(&w, life, place));
}

static void
is_valid_in_one_life_and_at_one_place(void **state)
{
	struct whole w = write_whole();

	(void)state;
	for (int bit = 0; bit < 64; bit++)
		assert_false(is_valid(&w, life ^ (uint64_t)1 << bit, place));
	for (int bit = 0; bit < 23; bit++)
		assert_false(is_valid(&w, life, place ^ (uint64_t)1 << bit));
	assert_false(is_valid(&w, place, life));
}

static void
an_id_may_fill_its_field(void **state)
{
	static const char *const ids[] = { "", "1", "0123456789abcde",
		"0123456789abcdef" };

	(void)state;
	for (size_t i = 0; i < N(ids); i++) {
		struct record r = { .type = RECORD_VOID, .id = vb_str(ids[i]) };
		char octets[RECORD_HEAD];

		record_write(octets, &r, 1, 2, NULL, 0);
		assert_true(record_read(octets, SEGMENT_BLOCK, &r));
		assert_true(vb_str_eq(r.id, vb_str(ids[i])));
	}
}

static void
refuses_heads_that_cannot_be(void **state)
{
	const uint64_t last = SEGMENT_SIZE - RECORD_HEAD;
	const struct {
		uint32_t type, head;
		uint64_t length, at;
		bool is_good;
	} cases[] = {
		{ RECORD_MESSAGE, 0, 0, SEGMENT_BLOCK, true },
		{ RECORD_PAD, 0, 0, SEGMENT_BLOCK, true },
		{ 0, 0, 0, SEGMENT_BLOCK, false },
		{ RECORD_PAD + 1, 0, 0, SEGMENT_BLOCK, false },
		{ 0xffffffff, 0, 0, SEGMENT_BLOCK, false },
		{ RECORD_DONE, 8, 8, SEGMENT_BLOCK, true },
		{ RECORD_DONE, 9, 8, SEGMENT_BLOCK, false },
		{ RECORD_DONE, 0xffffffff, 8, SEGMENT_BLOCK, false },
		{ RECORD_VOID, 0, 0, last, true },
		{ RECORD_VOID, 0, 1, last, false },
		{ RECORD_VOID, 0, 0, last + 1, false },
		{ RECORD_MESSAGE, 0, SEGMENT_SIZE, SEGMENT_BLOCK, false },
		{ RECORD_MESSAGE, 0, UINT64_MAX, SEGMENT_BLOCK, false },
		{ RECORD_MESSAGE, 0, UINT64_MAX - SEGMENT_BLOCK - 39,
		    SEGMENT_BLOCK, false },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct record r = { .type = (enum record_type)cases[i].type,
			.length = cases[i].length,
			.head = cases[i].head };
		char octets[RECORD_HEAD];

		record_write(octets, &r, 1, cases[i].at, NULL, 0);
		assert_int_equal(
		    record_read(octets, cases[i].at, &r), cases[i].is_good);
	}
}

/* A head never stands in two blocks, and nothing is skipped but for that. */
static void
finds_the_place_of_the_next(void **state)
{
	(void)state;
	for (uint64_t length = 0; length < 3 * SEGMENT_BLOCK; length++) {
		uint64_t end = place + RECORD_HEAD + length;
		uint64_t next = record_end(place, length);
		uint64_t in_block = next % SEGMENT_BLOCK;

		assert_true(in_block <= SEGMENT_BLOCK - RECORD_HEAD);
		assert_in_range(next, end, end + RECORD_HEAD - 1);
		assert_true(next == end || in_block == 0);
	}
}

static void
a_segment_knows_its_life(void **state)
{
	static const uint64_t lives[] = { 0, 1, UINT64_MAX,
		0x0123456789abcdef };
	char head[SEGMENT_BLOCK];
	uint64_t got;

	(void)state;
	for (size_t i = 0; i < N(lives); i++) {
		segment_head_write(head, lives[i]);
		assert_true(segment_head_read(head, &got));
		assert_int_equal(got, lives[i]);
		for (size_t bit = 0; bit < 20 * 8; bit++) {
			char mask = (char)(1u << bit % 8);

			head[bit / 8] ^= mask;
			assert_false(segment_head_read(head, &got));
			head[bit / 8] ^= mask;
		}
	}
	memset(head, 0, sizeof(head));
	assert_false(segment_head_read(head, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(every_bit_of_it_counts),
		cmocka_unit_test(is_valid_in_one_life_and_at_one_place),
		cmocka_unit_test(an_id_may_fill_its_field),
		cmocka_unit_test(refuses_heads_that_cannot_be),
		cmocka_unit_test(finds_the_place_of_the_next),
		cmocka_unit_test(a_segment_knows_its_life),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
