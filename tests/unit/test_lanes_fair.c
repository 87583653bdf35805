/* Lanes: sites take turns, then domains, then mailboxes. */
#include "core/mail/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SITES = 4, MANY = 10000, MOST = 2 * MANY + 100, BATCH = 128 };

static struct lanes lanes;
static struct delivery_due dues[MOST], *taken[BATCH];
static size_t n_dues;

static int
start(void **state)
{
	(void)state;
	lanes_open(&lanes, SITES);
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

static struct delivery_due *
put(size_t site, const char *domain, const char *mailbox)
{
	const struct lane_name name = { .site = site,
		.domain = vb_str(domain),
		.mailbox = vb_str(mailbox),
		.most = 1,
		.longest = MOST };
	struct delivery_due *d = &dues[n_dues++];

	assert_true(n_dues <= MOST);
	assert_true(lanes_put(&lanes, &name, d, false));
	return d;
}

/* One letter in each of so many mailboxes. */
static void
flood(size_t site, const char *domain, size_t n)
{
	char mailbox[24];

	while (n-- > 0) {
		snprintf(mailbox, sizeof(mailbox), "%zu", n);
		put(site, domain, mailbox);
	}
}

static size_t
take_for(bool is_for_idle)
{
	const struct lanes_load load = { .to = taken,
		.most = BATCH,
		.weight = SIZE_MAX / 2,
		.mixed = true,
		.is_for_idle = is_for_idle };

	return lanes_take(&lanes, &load);
}

static size_t
take(void)
{
	return take_for(false);
}

static void
back(size_t n)
{
	const struct lane *last = NULL;

	for (size_t i = 0; i < n; i++) {
		struct lane *lane = taken[i]->lane;

		taken[i]->progress = PROGRESS_DONE;
		if (lane != last)
			lanes_back(lane, true);
		last = lane;
	}
}

static size_t
of_site(size_t site, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += taken[i]->lane->domain->site == &lanes.sites[site];
	return found;
}

static size_t
of_domain(const char *domain, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += strcmp(taken[i]->lane->domain->key + sizeof(size_t),
			     domain) == 0;
	return found;
}

static void
ten_thousand_mailboxes_of_a_site_delay_no_letter_of_another(void **state)
{
	struct delivery_due *letter;

	(void)state;
	flood(0, "a.test", MANY);
	assert_int_equal(take(), BATCH); /* goes on */
	letter = put(1, "b.test", "ann");
	assert_int_equal(take(), BATCH);
	assert_int_equal(letter->progress, PROGRESS_GOING);
	assert_int_equal(of_site(0, BATCH), BATCH - 1);
}

static void
ten_thousand_mailboxes_of_a_domain_delay_no_letter_to_another(void **state)
{
	struct delivery_due *letter;

	(void)state;
	flood(0, "a.test", MANY);
	assert_int_equal(take(), BATCH);
	letter = put(0, "b.test", "ann");
	assert_int_equal(take(), BATCH);
	assert_int_equal(letter->progress, PROGRESS_GOING);
}

static void
a_heap_in_one_mailbox_delays_no_letter_to_another(void **state)
{
	struct delivery_due *letter;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		put(0, "a.test", "heap");
	letter = put(0, "a.test", "ann");
	assert_int_equal(take(), BATCH / 2 + 1);
	assert_int_equal(letter->progress, PROGRESS_GOING);
}

static void
sites_share_whatever_each_has(void **state)
{
	(void)state;
	flood(0, "a.test", 5000);
	flood(0, "b.test", 5000);
	flood(1, "c.test", 1000);
	for (size_t round = 0; round < 10; round++) {
		assert_int_equal(take(), BATCH);
		assert_int_equal(of_site(0, BATCH), BATCH / 2);
		assert_int_equal(of_site(1, BATCH), BATCH / 2);
		back(BATCH);
	}
}

static void
domains_of_a_site_share_whatever_each_has(void **state)
{
	(void)state;
	flood(0, "a.test", 5000);
	flood(0, "b.test", 1000);
	for (size_t round = 0; round < 10; round++) {
		assert_int_equal(take(), BATCH);
		assert_int_equal(of_domain("a.test", BATCH), BATCH / 2);
		assert_int_equal(of_domain("b.test", BATCH), BATCH / 2);
		back(BATCH);
	}
}

static void
a_heap_has_no_more_than_the_share_of_its_domain(void **state)
{
	(void)state;
	for (size_t i = 0; i < 1000; i++)
		put(0, "a.test", "heap");
	flood(0, "b.test", 1000);
	assert_int_equal(take(), BATCH);
	assert_int_equal(of_domain("a.test", BATCH), BATCH / 2);
}

static void
what_one_site_leaves_another_has(void **state)
{
	(void)state;
	flood(0, "a.test", 10);
	flood(1, "b.test", 1000);
	assert_int_equal(take(), BATCH);
	assert_int_equal(of_site(0, BATCH), 10);
	back(BATCH);
}

/* Batches cost two syncs each: those of others stay large. */
static void
what_goes_alone_at_one_site_ends_no_batch_of_another(void **state)
{
	(void)state;
	flood(0, "pipe.test", 100);
	for (size_t i = 0; i < 100; i++)
		dues[i].is_single = true;
	flood(1, "b.test", 1000);
	for (size_t round = 0; round < 3; round++) {
		assert_int_equal(take(), 1);
		assert_int_equal(of_site(0, 1), 1);
		back(1);
		assert_int_equal(take(), BATCH);
		assert_int_equal(of_site(1, BATCH), BATCH);
		back(BATCH);
	}
}

static void
a_mailbox_has_a_lane_for_each_site(void **state)
{
	struct delivery_due *letter;

	(void)state;
	put(0, "a.test", "ann");
	assert_int_equal(take(), 1);
	put(0, "a.test", "ann");
	letter = put(1, "a.test", "ann");
	assert_int_equal(take(), 1);
	assert_ptr_equal(taken[0], letter);
}

static void
what_is_for_idle_sites_no_busy_one_gets(void **state)
{
	(void)state;
	flood(0, "a.test", 1000);
	assert_int_equal(lanes_idle_sites(&lanes), SITES);
	assert_int_equal(take(), BATCH);
	assert_int_equal(lanes_idle_sites(&lanes), SITES - 1);
	assert_int_equal(take_for(true), 0);
	assert_int_equal(take_for(true), 0);
	flood(2, "c.test", 3);
	assert_int_equal(take_for(true), 3);
	assert_int_equal(of_site(2, 3), 3);
	assert_int_equal(lanes_idle_sites(&lanes), SITES - 2);
	back(3);
	assert_int_equal(lanes_idle_sites(&lanes), SITES - 1);
	assert_int_equal(take(), BATCH);
	assert_int_equal(of_site(0, BATCH), BATCH);
}

static void
who_was_passed_over_has_the_next_turn(void **state)
{
	(void)state;
	flood(0, "a.test", 1000);
	take();
	flood(1, "b.test", 1);
	assert_int_equal(take_for(true), 1);
	flood(2, "c.test", 1);
	assert_int_equal(take(), BATCH);
	assert_ptr_equal(taken[0]->lane->domain->site, &lanes.sites[0]);
	assert_int_equal(of_site(2, BATCH), 1);
}

static uint32_t
chance(uint32_t most)
{
	static uint32_t seed = 7;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % most;
}

static void
put_anywhere(void)
{
	static const char *const domains[] = { "a", "b", "c" };
	char mailbox[2] = { (char)('a' + chance(6)), '\0' };
	struct delivery_due *d = put(
	    chance(SITES), domains[chance(3)], mailbox);

	d->is_alone = chance(9) == 0;
	d->is_single = chance(20) == 0;
	if (chance(15) == 0 && lanes_drop(d))
		d->progress = PROGRESS_DONE;
}

/* Whatever is put and taken out in whatever order, all of it goes, once. */
static void
loses_nothing_and_leaves_nothing_behind(void **state)
{
	size_t n = 0;

	(void)state;
	for (int step = 0; step < MANY; step++) {
		put_anywhere();
		if (chance(4) != 0)
			continue;
		back(n);
		n = take_for(chance(3) == 0);
	}
	back(n);
	while ((n = take()) > 0)
		back(n);
	for (size_t i = 0; i < n_dues; i++)
		assert_int_equal(dues[i].progress, PROGRESS_DONE);
	assert_true(lanes_are_still(&lanes));
	assert_int_equal(lanes_idle_sites(&lanes), SITES);
	assert_int_equal(lanes.n, 0);
	assert_int_equal(lanes.by_key.n, 0);
	assert_int_equal(lanes.domains.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    ten_thousand_mailboxes_of_a_site_delay_no_letter_of_another),
		TEST(
		    ten_thousand_mailboxes_of_a_domain_delay_no_letter_to_another),
		TEST(a_heap_in_one_mailbox_delays_no_letter_to_another),
		TEST(sites_share_whatever_each_has),
		TEST(domains_of_a_site_share_whatever_each_has),
		TEST(a_heap_has_no_more_than_the_share_of_its_domain),
		TEST(what_one_site_leaves_another_has),
		TEST(what_goes_alone_at_one_site_ends_no_batch_of_another),
		TEST(a_mailbox_has_a_lane_for_each_site),
		TEST(what_is_for_idle_sites_no_busy_one_gets),
		TEST(who_was_passed_over_has_the_next_turn),
		TEST(loses_nothing_and_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("fair lanes", tests, NULL, NULL);
}
