/* Lanes: how a next hop was the last time says how many places it may have. */
#include "core/mail/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { SITES = 2, PLACES = 16, DUES = 20000, HOPS = 40 };

static struct lanes lanes;
static struct delivery_due dues[DUES];
static size_t n_dues;

/* What goes on. */
static struct delivery_due *going[DUES];
static size_t n_going;

static int
start(void **state)
{
	(void)state;
	lanes_open(&lanes, SITES);
	memset(dues, 0, sizeof(dues));
	n_dues = n_going = 0;
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	lanes_finish(&lanes);
	return 0;
}

static struct delivery_due *
put_at(size_t site, const char *kind, unsigned hop)
{
	char domain[32];
	struct delivery_due *d = &dues[n_dues++];
	struct lane_name name = { .site = site,
		.most = 10,
		.longest = DUES,
		.is_next_hop = strcmp(kind, "first") == 0 };

	assert_true(n_dues <= DUES);
	snprintf(domain, sizeof(domain), "%s%u.test", kind, hop);
	name.domain = vb_str(domain);
	assert_true(lanes_put(&lanes, &name, d, false));
	return d;
}

static void
put(const char *kind, unsigned n)
{
	for (unsigned hop = 0; hop < n; hop++)
		put_at(0, kind, hop);
}

/* One goes, if it may. */
static bool
send(size_t places)
{
	const struct lanes_load load = { .to = &going[n_going],
		.most = 1,
		.weight = SIZE_MAX / 2,
		.is_one_message = true,
		.places = places };
	const size_t n = lanes_take(&lanes, &load);

	n_going += n;
	return n > 0;
}

/* All that may, while there are places. */
static size_t
fill(void)
{
	const size_t before = n_going;

	while (n_going < PLACES && send(PLACES))
		continue;
	return n_going - before;
}

static void
end_one(size_t i, enum lane_pace pace)
{
	struct lane *lane = going[i]->lane;

	lanes_note(lane, pace);
	lanes_back(lane, true);
	going[i]->progress = PROGRESS_DONE;
	going[i] = going[--n_going];
}

static void
end_all(enum lane_pace pace)
{
	while (n_going > 0)
		end_one(n_going - 1, pace);
}

/* So many hops of this kind turn out to be so. */
static void
learn(const char *kind, unsigned n, enum lane_pace pace)
{
	put(kind, n);
	while (send(0))
		continue;
	end_all(pace);
	assert_int_equal(lanes.n, 0);
}

/* It went there now, whatever else did. */
static bool
goes(const char *kind)
{
	const struct delivery_due *d = put_at(0, kind, 0);

	fill();
	return d->progress == PROGRESS_GOING;
}

static void
slow_ones_have_half_of_the_places(void **state)
{
	(void)state;
	learn("slow", HOPS, LANE_SLOW);
	put("slow", HOPS);
	assert_int_equal(fill(), PLACES / 2);
	end_one(0, LANE_SLOW);
	assert_int_equal(fill(), 1);
}

static void
those_never_tried_have_three_quarters_with_the_slow(void **state)
{
	(void)state;
	put("new", HOPS);
	assert_int_equal(fill(), PLACES * 3 / 4);
	end_all(LANE_UNTRIED);
	learn("slow", HOPS, LANE_SLOW);
	put("slow", HOPS);
	put("newer", HOPS);
	assert_int_equal(fill(), PLACES * 3 / 4);
}

static void
swift_ones_have_all_that_is_left(void **state)
{
	(void)state;
	learn("swift", HOPS, LANE_SWIFT);
	put("swift", HOPS);
	assert_int_equal(fill(), PLACES);
}

static void
a_flood_to_new_hops_leaves_a_place_to_a_swift_one(void **state)
{
	(void)state;
	learn("swift", 1, LANE_SWIFT);
	put("new", HOPS);
	assert_int_equal(fill(), PLACES * 3 / 4);
	assert_true(goes("swift"));
	assert_false(goes("another"));
}

static void
a_flood_to_slow_hops_leaves_a_place_to_a_new_one(void **state)
{
	(void)state;
	learn("slow", HOPS, LANE_SLOW);
	put("slow", HOPS);
	assert_int_equal(fill(), PLACES / 2);
	assert_true(goes("new"));
}

/* The next place is the next one's, whatever waits for a swift one. */
static void
a_flood_to_a_swift_hop_keeps_no_other_waiting(void **state)
{
	struct delivery_due *slow, *new;

	(void)state;
	learn("swift", HOPS, LANE_SWIFT);
	learn("slow", 1, LANE_SLOW);
	for (int i = 0; i < 10; i++)
		put("swift", HOPS);
	assert_int_equal(fill(), PLACES);
	slow = put_at(0, "slow", 0);
	new = put_at(0, "new", 0);
	for (int i = 0; i < LANE_PACES; i++) {
		end_one(0, LANE_SWIFT);
		assert_int_equal(fill(), 1);
	}
	assert_int_equal(slow->progress, PROGRESS_GOING);
	assert_int_equal(new->progress, PROGRESS_GOING);
}

static void
a_site_that_has_nothing_under_way_may_have_one(void **state)
{
	struct delivery_due *one, *two;

	(void)state;
	put("new", HOPS);
	assert_int_equal(fill(), PLACES * 3 / 4);
	one = put_at(1, "new", 0);
	two = put_at(1, "new", 1);
	assert_int_equal(fill(), 1);
	assert_int_equal(one->progress, PROGRESS_GOING);
	assert_int_equal(two->progress, PROGRESS_READY);
}

static void
a_heap_for_a_hop_that_was_never_tried_has_few_places(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++)
		put("first", 1);
	assert_int_equal(fill(), LANES_AT_FIRST);
	end_one(0, LANE_UNTRIED);
	assert_int_equal(fill(), 1);
	end_one(0, LANE_SWIFT);
	assert_int_equal(fill(), 10 - LANES_AT_FIRST + 1);
	end_one(0, LANE_SLOW);
	assert_int_equal(n_going, 9);
	end_one(0, LANE_SLOW);
	assert_int_equal(fill(), 0);
}

/* With the first that takes long, all to that hop count as slow. */
static void
what_turns_out_to_be_slow_counts_as_slow_at_once(void **state)
{
	(void)state;
	learn("hop", 1, LANE_SWIFT);
	for (int i = 0; i < 10; i++)
		put("hop", 1);
	assert_int_equal(fill(), 10);
	assert_int_equal(lanes.going[LANE_SWIFT], 10);
	put("hop", 1);
	end_one(0, LANE_SLOW);
	assert_int_equal(lanes.going[LANE_SWIFT], 0);
	assert_int_equal(lanes.going[LANE_SLOW], 9);
	assert_int_equal(fill(), 0);
	put("new", HOPS);
	assert_int_equal(fill(), PLACES * 3 / 4 - 9);
	end_all(LANE_SWIFT);
}

static bool
is_remembered(const char *kind, unsigned hop, enum lane_pace pace)
{
	struct delivery_due *d = put_at(1, kind, hop);
	bool is = d->lane->domain->pace == pace;

	assert_true(lanes_drop(d));
	return is;
}

static void
remember_at_other_site(const char *kind, unsigned n, enum lane_pace pace)
{
	for (unsigned hop = 0; hop < n; hop++) {
		put_at(1, kind, hop);
		assert_true(send(0));
		end_all(pace);
	}
}

static void
remembers_the_latest_and_the_swift_whatever_was_slow(void **state)
{
	const unsigned n = 3 * LANES_REMEMBERED;

	(void)state;
	remember_at_other_site("swift", 1, LANE_SWIFT);
	remember_at_other_site("slow", n, LANE_SLOW);
	assert_int_equal(lanes.by_key.n, LANES_REMEMBERED + 1);
	assert_int_equal(lanes.domains.n, LANES_REMEMBERED + 1);
	assert_true(is_remembered("swift", 0, LANE_SWIFT));
	assert_true(is_remembered("slow", n - 1, LANE_SLOW));
	assert_true(is_remembered("slow", 0, LANE_UNTRIED));
	remember_at_other_site("swift", 2, LANE_UNTRIED);
	assert_int_equal(lanes.by_key.n, LANES_REMEMBERED);
}

static uint32_t
chance(uint32_t most)
{
	static uint32_t seed = 3;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % most;
}

static void
check_sums(void)
{
	size_t sum = 0, busy = 0;

	for (int pace = 0; pace < LANE_PACES; pace++)
		sum += lanes.going[pace];
	for (size_t i = 0; i < SITES; i++)
		busy += lanes.sites[i].going;
	assert_int_equal(sum, n_going);
	assert_int_equal(busy, n_going);
}

/* Whatever hops turn out to be, in whatever order, all of it goes, once. */
static void
loses_nothing_and_starves_nobody(void **state)
{
	(void)state;
	while (n_dues < DUES) {
		put_at(chance(SITES), "hop", chance(HOPS));
		if (chance(3) == 0)
			fill();
		while (n_going > 0 && chance(2) == 0)
			end_one(chance((uint32_t)n_going), chance(LANE_PACES));
		check_sums();
	}
	do {
		end_all(chance(LANE_PACES));
	} while (fill() > 0);
	for (size_t i = 0; i < n_dues; i++)
		assert_int_equal(dues[i].progress, PROGRESS_DONE);
	assert_int_equal(lanes.n, 0);
	assert_true(lanes_are_still(&lanes));
	check_sums();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(slow_ones_have_half_of_the_places),
		TEST(those_never_tried_have_three_quarters_with_the_slow),
		TEST(swift_ones_have_all_that_is_left),
		TEST(a_flood_to_new_hops_leaves_a_place_to_a_swift_one),
		TEST(a_flood_to_slow_hops_leaves_a_place_to_a_new_one),
		TEST(a_flood_to_a_swift_hop_keeps_no_other_waiting),
		TEST(a_site_that_has_nothing_under_way_may_have_one),
		TEST(a_heap_for_a_hop_that_was_never_tried_has_few_places),
		TEST(what_turns_out_to_be_slow_counts_as_slow_at_once),
		TEST(remembers_the_latest_and_the_swift_whatever_was_slow),
		TEST(loses_nothing_and_starves_nobody),
	};

	return cmocka_run_group_tests_name("lane paces", tests, NULL, NULL);
}
