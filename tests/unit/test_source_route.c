/* Source routes: taken apart, put together, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/smtp/source_route.h"

static const char *
reverse(enum profile profile, enum source_routes set, const char *name,
    const char *path)
{
	static char made[512];
	const struct site site = { .profile = profile };
	const struct scope scope = { .site = &site,
		.conf = { .source_routes = { (int)set } } };
	struct arena *arena = arena_create();
	struct vb_str text = source_route_reverse(
	    arena, &scope, vb_str(name), vb_str(path));

	snprintf(made, sizeof(made), "%.*s", VB_FMT(text));
	arena_destroy(arena);
	return made;
}

static void
puts_us_before_the_way_back_where_it_is_kept(void **state)
{
	static const struct {
		const char *name, *path, *made;
	} cases[] = {
		{ "mx.lab.test", "ann@a.test", "@mx.lab.test:ann@a.test" },
		{ "us.isi.test", "@one.test:ann@a.test",
		    "@us.isi.test,@one.test:ann@a.test" },
		{ "mx.lab.test", "", "" },
		{ "mx.lab.test", "@mx.lab.test:ann@a.test",
		    "@mx.lab.test:ann@a.test" },
		{ "mx.lab.test", "@MX.lab.test,@one.test:ann@a.test",
		    "@MX.lab.test,@one.test:ann@a.test" },
		{ "mx.lab.test", "@mx.lab.test.far:ann@a.test",
		    "@mx.lab.test,@mx.lab.test.far:ann@a.test" },
		{ "mx.lab.test", "\"@mx.lab.test:ann\"@a.test",
		    "@mx.lab.test:\"@mx.lab.test:ann\"@a.test" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(
		    reverse(PROFILE_RFC821, SOURCE_ROUTES_BY_PROFILE,
			cases[i].name, cases[i].path),
		    cases[i].made);
		assert_string_equal(
		    reverse(PROFILE_RFC821, SOURCE_ROUTES_FOLLOW, cases[i].name,
			cases[i].path),
		    cases[i].made);
	}
}

static void
adds_nothing_where_it_is_not(void **state)
{
	static const struct {
		enum profile profile;
		enum source_routes set;
	} cases[] = {
		{ PROFILE_RFC5321, SOURCE_ROUTES_BY_PROFILE },
		{ PROFILE_RFC5321, SOURCE_ROUTES_FOLLOW },
		{ PROFILE_RFC821, SOURCE_ROUTES_STRIP },
		{ PROFILE_RFC821, SOURCE_ROUTES_REJECT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(reverse(cases[i].profile, cases[i].set,
					"mx.lab.test", "ann@a.test"),
		    "ann@a.test");
}

/* 256 octets with the brackets may be, 257 may not. */
static void
falls_back_to_the_mailbox_of_a_path_that_is_too_long(void **state)
{
	char path[300];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '@';
	memcpy(path + 235, ":ann@a.test", sizeof(":ann@a.test"));
	assert_int_equal(strlen(path), 246);
	assert_int_equal(strlen(reverse(PROFILE_RFC821, SOURCE_ROUTES_FOLLOW,
			     "abc.te", path)),
	    254);
	assert_string_equal(
	    reverse(PROFILE_RFC821, SOURCE_ROUTES_FOLLOW, "abc.tst", path),
	    "ann@a.test");
}

static void
finds_the_mailbox_behind_any_route(void **state)
{
	static const char *const cases[][2] = {
		{ "joe@three.test", "joe@three.test" },
		{ "@one.test:joe@three.test", "joe@three.test" },
		{ "@one.test,@two.test:\"a:b\"@three.test",
		    "\"a:b\"@three.test" },
		{ "@[IPv6:2001:db8::1],@two.test:joe@[IPv6:::1]",
		    "joe@[IPv6:::1]" },
		{ "\"@x:y\"@three.test", "\"@x:y\"@three.test" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(vb_str_eq(source_route_mailbox(vb_str(cases[i][0])),
		    vb_str(cases[i][1])));
}

static void
takes_one_host_after_the_other(void **state)
{
	struct vb_str route = VB_STR("@one.test,@[192.0.2.1],@three.test");

	(void)state;
	assert_true(vb_str_eq(source_route_take(&route), VB_STR("one.test")));
	assert_true(
	    vb_str_eq(source_route_take(&route), VB_STR("[192.0.2.1]")));
	assert_true(vb_str_eq(route, VB_STR("@three.test")));
	assert_true(vb_str_eq(source_route_take(&route), VB_STR("three.test")));
	assert_int_equal(route.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_us_before_the_way_back_where_it_is_kept),
		cmocka_unit_test(adds_nothing_where_it_is_not),
		cmocka_unit_test(
		    falls_back_to_the_mailbox_of_a_path_that_is_too_long),
		cmocka_unit_test(finds_the_mailbox_behind_any_route),
		cmocka_unit_test(takes_one_host_after_the_other),
	};

	return cmocka_run_group_tests_name("source_route", tests, NULL, NULL);
}
