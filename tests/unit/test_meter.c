/* How often each client did what, lately. */
#include "core/process/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS(n) (INT64_C(1000) * (n))

static const struct vb_seconds minute = { 60 };

static struct meter *
meter_create(void)
{
	struct meter *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	assert_true(meter_init(m));
	return m;
}

static struct meter_client
client(const char *address)
{
	struct meter_client c = { 0 };
	struct vb_network network;

	assert_null(network_parse(vb_str(address), &network));
	memcpy(c.address.octets, network.address, 16);
	return c;
}

static uint64_t
count(struct meter *m, const char *who, unsigned more, int64_t now)
{
	struct meter_client c = client(who);

	return meter_count(m, &c, VB_STR("vrfy"), minute, more, now);
}

static void
counts_each_client_each_site_and_each_name_apart(void **state)
{
	struct meter *m = meter_create();
	struct meter_client here = client("192.0.2.1"), there = here;

	(void)state;
	there.site = 1;
	assert_int_equal(count(m, "192.0.2.1", 2, 0), 2);
	assert_int_equal(count(m, "192.0.2.1", 1, 0), 3);
	assert_int_equal(count(m, "192.0.2.2", 1, 0), 1);
	assert_int_equal(
	    meter_count(m, &here, VB_STR("expn"), minute, 1, 0), 1);
	assert_int_equal(
	    meter_count(m, &there, VB_STR("vrfy"), minute, 1, 0), 1);
	assert_int_equal(count(m, "192.0.2.1", 0, 0), 3);
	free(m);
}

static void
what_is_older_than_the_window_counts_no_more(void **state)
{
	static const struct {
		int64_t now;
		uint64_t count;
	} cases[] = {
		{ SECONDS(59), 10 },
		{ SECONDS(60), 10 }, /* the window before, all of it */
		{ SECONDS(90), 5 },  /* half of it */
		{ SECONDS(119), 1 },
		{ SECONDS(120), 0 },
		{ SECONDS(100000), 0 },
	};
	struct meter *m = meter_create();

	(void)state;
	assert_int_equal(count(m, "192.0.2.1", 10, 0), 10);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    count(m, "192.0.2.1", 0, cases[i].now), cases[i].count);
	assert_int_equal(count(m, "192.0.2.1", 3, SECONDS(100000)), 3);
	free(m);
}

static void
of_an_ipv6_address_the_first_half_counts(void **state)
{
	struct meter *m = meter_create();

	(void)state;
	assert_int_equal(count(m, "2001:db8::1", 1, 0), 1);
	assert_int_equal(count(m, "2001:db8::ffff:1", 1, 0), 2);
	assert_int_equal(count(m, "2001:db8:0:1::1", 1, 0), 1);
	free(m);
}

static void
whoever_only_looks_takes_no_room(void **state)
{
	struct meter *m = meter_create();

	(void)state;
	assert_int_equal(count(m, "192.0.2.1", 0, 0), 0);
	for (size_t i = 0; i < METER_ROWS; i++)
		assert_int_equal(m->rows[i].window, 0);
	free(m);
}

/* Where there is no room, who did much stays, and who came once is forgotten.
 */
static void
remembers_those_who_do_much_when_there_is_no_room(void **state)
{
	struct meter *m = meter_create();
	struct meter_client crowd = client("10.0.0.0");

	(void)state;
	count(m, "192.0.2.1", 100, 0);
	for (unsigned i = 0; i < METER_ROWS * 8; i++) {
		memcpy(crowd.address.octets + 12, &i, sizeof(i));
		assert_true(
		    meter_count(m, &crowd, VB_STR("vrfy"), minute, 1, 1) > 0);
	}
	assert_int_equal(count(m, "192.0.2.1", 0, 2), 100);
	free(m);
}

static void
a_window_has_a_second_at_least_and_a_week_at_most(void **state)
{
	const struct vb_seconds none = { 0 }, age = { INT64_MAX };
	const int64_t week = SECONDS(7 * 24 * 60 * 60);
	struct meter *m = meter_create();
	struct meter_client c = client("192.0.2.1");

	(void)state;
	assert_int_equal(meter_count(m, &c, VB_STR("a"), none, 1, 0), 1);
	assert_int_equal(
	    meter_count(m, &c, VB_STR("a"), none, 0, SECONDS(2)), 0);
	assert_int_equal(
	    meter_count(m, &c, VB_STR("b"), age, UINT32_MAX, 0), UINT32_MAX);
	assert_int_equal(
	    meter_count(m, &c, VB_STR("b"), age, 0, week), UINT32_MAX);
	assert_int_equal(meter_count(m, &c, VB_STR("b"), age, 0, 2 * week), 0);
	free(m);
}

static void
never_runs_over(void **state)
{
	struct meter *m = meter_create();

	(void)state;
	count(m, "192.0.2.1", UINT32_MAX, 0);
	assert_int_equal(count(m, "192.0.2.1", 2, 0), UINT32_MAX);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    counts_each_client_each_site_and_each_name_apart),
		cmocka_unit_test(what_is_older_than_the_window_counts_no_more),
		cmocka_unit_test(of_an_ipv6_address_the_first_half_counts),
		cmocka_unit_test(whoever_only_looks_takes_no_room),
		cmocka_unit_test(
		    remembers_those_who_do_much_when_there_is_no_room),
		cmocka_unit_test(
		    a_window_has_a_second_at_least_and_a_week_at_most),
		cmocka_unit_test(never_runs_over),
	};

	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
