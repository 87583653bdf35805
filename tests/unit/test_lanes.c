/* Lanes: all take turns, and none has more than its share. */
#include "core/mail/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST = 20000, WEIGHT = 10, LONGEST = 5 };

static struct lanes lanes;
static struct delivery_due dues[MOST], *taken[MOST];
static const struct lane_name a = {
	.mailbox = { "a", 1 }, .most = 1, .longest = MOST
};
static size_t n_dues;

static int
start(void **state)
{
	(void)state;
	lanes_open(&lanes, 1);
	memset(dues, 0, sizeof(dues));
	n_dues = 0;
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	lanes_finish(&lanes);
	return 0;
}

/* Puts so many into a lane; the first of them. */
static struct delivery_due *
put(const char *key, unsigned most, size_t n)
{
	const struct lane_name name = {
		.mailbox = vb_str(key), .most = most, .longest = MOST
	};
	struct delivery_due *first = &dues[n_dues];

	while (n-- > 0) {
		struct delivery_due *d = &dues[n_dues++];

		assert_true(n_dues <= MOST);
		d->weight = WEIGHT;
		assert_true(lanes_put(&lanes, &name, d, false));
		assert_int_equal(d->progress, PROGRESS_READY);
	}
	return first;
}

static size_t
take(size_t most, size_t weight, bool mixed)
{
	const struct lanes_load load = {
		.to = taken, .most = most, .weight = weight, .mixed = mixed
	};
	size_t n = lanes_take(&lanes, &load);

	for (size_t i = 0; i < n; i++)
		assert_int_equal(taken[i]->progress, PROGRESS_GOING);
	return n;
}

static size_t
take_mixed(size_t most)
{
	return take(most, SIZE_MAX / 2, true);
}

/* The batch of n is over: each lane's turn comes back, once. */
static void
back(struct delivery_due *const *batch, size_t n, bool went_well)
{
	struct lane *last = NULL;

	for (size_t i = 0; i < n; i++) {
		if (batch[i]->lane != last)
			last = batch[i]->lane;
		else
			continue;
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(batch[k]->lane, last);
		lanes_back(last, went_well);
	}
}

static bool
is_in(const struct lane *lane, const char *mailbox)
{
	const struct lane_domain *domain = lane->domain;
	const struct vb_str key = lane->by_key.key;
	const size_t n = domain->by_key.key.n;

	return vb_str_eq(
	    (struct vb_str){ key.p + n, key.n - n }, vb_str(mailbox));
}

static size_t
count_of(const char *key, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += is_in(taken[i]->lane, key);
	return found;
}

static void
gives_nothing_when_there_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(take_mixed(9), 0);
	put("a", 1, 1);
	assert_int_equal(take_mixed(9), 1);
	assert_int_equal(take_mixed(9), 0);
	back(taken, 1, true);
	assert_int_equal(take_mixed(9), 0);
	assert_int_equal(lanes.by_key.n, 0);
}

/* Into a lane that may have LONGEST. */
static bool
put_into_short(struct delivery_due *d)
{
	const struct lane_name name = {
		.mailbox = { "a", 1 },
		.most = 1,
		.longest = LONGEST,
		.may_swell = true,
	};

	d->weight = WEIGHT;
	return lanes_put(&lanes, &name, d, false);
}

static void
is_flooded_by_a_long_lane_that_is_swift(void **state)
{
	int64_t now;

	(void)state;
	for (size_t i = 0; i < LONGEST; i++) {
		assert_false(lanes_are_flooded(&lanes, clock_steady_ms()));
		assert_true(put_into_short(&dues[i]));
	}
	now = dues[0].entered;
	assert_true(lanes_are_flooded(&lanes, now + LANES_SWIFT_MS - 1));
	assert_false(lanes_are_flooded(&lanes, now + LANES_SWIFT_MS));

	assert_int_equal(take_mixed(1), 1);
	assert_false(lanes_are_flooded(&lanes, now));
	back(taken, 1, true);
	assert_int_equal(take_mixed(MOST), LONGEST - 1);
	back(taken, 1, true);
	assert_int_equal(lanes.by_key.n, 0);
}

static void
refuses_what_comes_to_a_long_lane_that_is_slow(void **state)
{
	(void)state;
	for (size_t i = 0; i <= LONGEST; i++)
		assert_true(put_into_short(&dues[i]));
	dues[0].entered -= LANES_SWIFT_MS;
	assert_false(put_into_short(&dues[LONGEST + 1]));

	assert_int_equal(take_mixed(1), 1);
	back(taken, 1, true);
	lanes_put(&lanes, &a, &dues[0], true); /* to be tried again */
	assert_false(put_into_short(&dues[LONGEST + 1]));
	assert_int_equal(take_mixed(2), 2);
	assert_true(put_into_short(&dues[LONGEST + 1]));
	back(taken, 1, true);
}

static void
refuses_what_comes_to_a_long_lane_that_may_not_swell(void **state)
{
	const struct lane_name name = {
		.mailbox = { "a", 1 }, .most = 1, .longest = LONGEST
	};

	(void)state;
	for (size_t i = 0; i < LONGEST; i++)
		assert_true(lanes_put(&lanes, &name, &dues[i], false));
	assert_false(lanes_put(&lanes, &name, &dues[LONGEST], false));
	assert_false(lanes_are_flooded(&lanes, clock_steady_ms()));
	assert_true(lanes_put(&lanes, &name, &dues[LONGEST], true));
}

static void
keeps_the_order_within_a_lane(void **state)
{
	struct delivery_due *first = put("a", 1, 5);
	struct delivery_due *urgent = &dues[n_dues++];

	(void)state;
	lanes_put(&lanes, &a, urgent, true);
	put("a", 1, 1);
	assert_int_equal(take_mixed(99), 7);
	assert_ptr_equal(taken[0], urgent);
	for (size_t i = 0; i < 5; i++)
		assert_ptr_equal(taken[i + 1], first + i);
	back(taken, 7, true);
}

static void
puts_first_into_an_empty_lane(void **state)
{
	struct delivery_due *d = &dues[n_dues++];

	(void)state;
	lanes_put(&lanes, &a, d, true);
	put("a", 1, 2);
	assert_int_equal(take_mixed(99), 3);
	assert_ptr_equal(taken[0], d);
	back(taken, 3, true);
}

/* One letter is not kept waiting by a heap. */
static void
shares_a_load_between_lanes(void **state)
{
	size_t n;

	(void)state;
	put("heap", 1, 1000);
	put("b", 1, 1);
	put("c", 1, 50);
	n = take_mixed(30);
	assert_int_equal(n, 30);
	assert_int_equal(count_of("heap", n), 10);
	assert_int_equal(count_of("b", n), 1);
	assert_int_equal(count_of("c", n), 19); /* what the others left */
	back(taken, n, true);
}

static void
takes_turns_when_there_are_more_lanes_than_room(void **state)
{
	char key[16];
	unsigned served[50] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "%u", i);
		put(key, 1, 20);
	}
	for (size_t round = 0; round < 50; round++) {
		size_t n = take_mixed(7);

		assert_int_equal(n, 7);
		for (size_t i = 0; i < n; i++)
			served[(taken[i] - dues) / 20]++;
		back(taken, n, true);
	}
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(served[i], 7);
}

static void
goes_no_more_than_so_often_at_once(void **state)
{
	static struct delivery_due *batches[3][4];

	(void)state;
	put("a", 3, 100);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(take(4, SIZE_MAX / 2, false), 4);
		memcpy(batches[i], taken, sizeof(batches[i]));
	}
	assert_int_equal(take_mixed(4), 0);
	put("b", 1, 1);
	assert_int_equal(take_mixed(4), 1);
	assert_int_equal(count_of("b", 1), 1);
	back(taken, 1, true);
	assert_int_equal(take_mixed(4), 0);
	back(batches[1], 4, true);
	assert_int_equal(take_mixed(4), 4);
	back(taken, 4, true);
	back(batches[0], 4, true);
	back(batches[2], 4, true);
}

static void
takes_of_one_lane_unless_it_is_mixed(void **state)
{
	(void)state;
	put("a", 1, 3);
	put("b", 1, 3);
	assert_int_equal(take(10, SIZE_MAX / 2, false), 3);
	assert_int_equal(count_of("a", 3), 3);
	back(taken, 3, true);
	assert_int_equal(take(2, SIZE_MAX / 2, false), 2);
	assert_int_equal(count_of("b", 2), 2);
	back(taken, 2, true);
}

static void
takes_no_more_than_the_weight_but_one_in_any_case(void **state)
{
	(void)state;
	put("a", 1, 50);
	put("b", 1, 50);
	dues[0].weight = 1000;
	assert_int_equal(take(99, 500, true), 1);
	back(taken, 1, true);
	for (size_t weight = WEIGHT; weight < 10 * WEIGHT; weight += 7) {
		size_t n = take(99, weight, true);

		assert_in_range(n, 1, weight / WEIGHT);
		back(taken, n, true);
	}
}

static void
what_is_to_go_alone_does(void **state)
{
	struct delivery_due *alone[2];
	size_t n, all = 0;

	(void)state;
	put("a", 1, 5);
	put("b", 1, 5);
	alone[0] = &dues[2];
	alone[1] = &dues[5];
	alone[0]->is_alone = alone[1]->is_alone = true;
	while ((n = take_mixed(99)) > 0) {
		for (size_t i = 0; i < n; i++)
			assert_true(n == 1 || !taken[i]->is_alone);
		all += n;
		back(taken, n, true);
	}
	assert_int_equal(all, 10);
}

/* The next hop is given one message at a time, for as many as want it. */
static void
takes_of_one_message_only(void **state)
{
	static struct mail mails[3];
	static const size_t of[] = { 0, 0, 1, 2, 2, 2, 1 };
	struct lanes_load load = {
		.to = taken, .most = 9, .weight = 1000, .is_one_message = true
	};
	size_t n;

	(void)state;
	for (int mixed = 0; mixed < 2; mixed++) {
		struct delivery_due *first = put("a", 9, 5);

		put("b", 9, 2);
		for (size_t i = 0; i < N(of); i++)
			first[i].mail = &mails[of[i]];
		load.mixed = mixed == 1;
		while ((n = lanes_take(&lanes, &load)) > 0) {
			for (size_t i = 0; i < n; i++)
				assert_ptr_equal(
				    taken[i]->mail, taken[0]->mail);
			back(taken, n, true);
		}
		assert_int_equal(lanes.n, 0);
		assert_int_equal(lanes.by_key.n, 0);
	}
}

static void
a_suspect_goes_in_no_company(void **state)
{
	size_t n;

	(void)state;
	put("bad", 1, 1);
	put("bad", 1, 1);
	put("good", 1, 2);
	n = take(1, SIZE_MAX / 2, false);
	back(taken, n, false);
	n = take_mixed(99);
	assert_int_equal(count_of("good", n), 2);
	assert_int_equal(count_of("bad", n), 0);
	back(taken, n, true);
	put("good", 1, 2);
	n = take_mixed(99);
	assert_int_equal(count_of("bad", n), n);
	back(taken, n, true); /* it is none any more */
	put("bad", 1, 1);
	n = take_mixed(99);
	assert_int_equal(n, 3);
	back(taken, n, true);
	assert_int_equal(lanes.by_key.n, 0);
}

static size_t
count_remembered(void)
{
	size_t n = 0;

	for (int pace = 0; pace < LANE_PACES; pace++)
		n += lanes.remembered[pace].n;
	return n;
}

static void
remembers_a_suspect_that_has_nothing(void **state)
{
	(void)state;
	put("bad", 1, 1);
	back(taken, take_mixed(9), false);
	assert_int_equal(lanes.by_key.n, 1);
	put("good", 1, 1);
	put("bad", 1, 1);
	assert_int_equal(take_mixed(9), 1);
	back(taken, 1, true);
	assert_int_equal(take_mixed(9), 1);
	back(taken, 1, true);
	assert_int_equal(lanes.by_key.n, 0);
	assert_int_equal(count_remembered(), 0);
}

static void
remembers_only_so_many(void **state)
{
	char key[16];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 5 * LANES_REMEMBERED; i++) {
			snprintf(key, sizeof(key), "%u", i);
			put(key, 1, 1);
			assert_int_equal(take_mixed(9), 1);
			back(taken, 1, false);
		}
	assert_int_equal(lanes.by_key.n, LANES_REMEMBERED);
	assert_int_equal(count_remembered(), LANES_REMEMBERED);
}

static uint32_t
chance(uint32_t most)
{
	static uint32_t seed = 1;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % most;
}

enum { BATCHES = 8, LANES = 12 };

struct going {
	struct delivery_due *batch[16];
	size_t n;
};

static void
end_one(struct going *g)
{
	struct delivery_due *batch[16];
	size_t n = g->n;

	memcpy(batch, g->batch, sizeof(batch));
	g->n = 0;
	back(batch, n, chance(4) != 0);
	for (size_t i = 0; i < n; i++)
		batch[i]->progress = PROGRESS_DONE;
}

/* Whatever happens in whatever order, all of it goes at last, once. */
static void
loses_nothing_and_starves_nobody(void **state)
{
	static struct going going[BATCHES];
	char key[16];
	size_t n;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		struct going *g = &going[chance(BATCHES)];

		snprintf(key, sizeof(key), "%u", chance(LANES));
		if (chance(2) == 0 && n_dues < 9000) {
			put(key, 1 + chance(3), 1);
			dues[n_dues - 1].is_alone = chance(9) == 0;
		} else if (g->n > 0) {
			end_one(g);
		} else {
			g->n = take(
			    1 + chance(16), 20 + chance(200), chance(3) != 0);
			memcpy(g->batch, taken, sizeof(g->batch));
		}
	}
	for (size_t i = 0; i < BATCHES; i++)
		end_one(&going[i]);
	while ((n = take_mixed(16)) > 0) {
		back(taken, n, true);
		for (size_t i = 0; i < n; i++)
			taken[i]->progress = PROGRESS_DONE;
	}
	for (size_t i = 0; i < n_dues; i++)
		assert_int_equal(dues[i].progress, PROGRESS_DONE);
	assert_int_equal(lanes.n, 0);
	assert_true(lanes_are_still(&lanes));
	assert_int_equal(lanes.by_key.n, count_remembered());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(gives_nothing_when_there_is_nothing),
		TEST(is_flooded_by_a_long_lane_that_is_swift),
		TEST(refuses_what_comes_to_a_long_lane_that_is_slow),
		TEST(refuses_what_comes_to_a_long_lane_that_may_not_swell),
		TEST(keeps_the_order_within_a_lane),
		TEST(puts_first_into_an_empty_lane),
		TEST(shares_a_load_between_lanes),
		TEST(takes_turns_when_there_are_more_lanes_than_room),
		TEST(goes_no_more_than_so_often_at_once),
		TEST(takes_of_one_lane_unless_it_is_mixed),
		TEST(takes_no_more_than_the_weight_but_one_in_any_case),
		TEST(what_is_to_go_alone_does),
		TEST(takes_of_one_message_only),
		TEST(a_suspect_goes_in_no_company),
		TEST(remembers_a_suspect_that_has_nothing),
		TEST(remembers_only_so_many),
		TEST(loses_nothing_and_starves_nobody),
	};

	return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
