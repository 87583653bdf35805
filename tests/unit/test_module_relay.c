/* The relay: which route fits, and what a file may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

struct route {
	struct vb_str domain, via, name;
	bool turn;
	struct vb_str turn_site;
};

/* In memory that lasts until fake_forget(). */
static const struct route *
make_routes(struct fake_memory *m)
{
	const struct route all[] = {
		{ .domain = VB_STR("isi.test"),
		    .via = VB_STR("127.0.0.1:2526"),
		    .turn = true,
		    .turn_site = VB_STR("public") },
		{ .domain = VB_STR(".isi.test"),
		    .via = VB_STR("gate.isi.test"),
		    .name = VB_STR("Us.isi.test"),
		    .turn_site = VB_STR("public") },
		{ .domain = VB_STR(".Far.Test"),
		    .via = VB_STR("a.test [::1]:26") },
		{ .domain = VB_STR("[192.0.2.1]"), .via = VB_STR("192.0.2.9") },
		{ .domain = VB_STR("*"),
		    .via = VB_STR("mx"),
		    .name = VB_STR("we.out.test") },
	};

	return memcpy(fake_alloc(m, sizeof(all)), all, sizeof(all));
}

static void *
conf_of(struct fake_memory *m, size_t n)
{
	void *conf = fake_conf(m);

	*(struct vb_list *)fake_field(
	    conf, "routes") = (struct vb_list){ make_routes(m), n };
	return conf;
}

static struct vb_str
ask(const void *conf, const char *domain)
{
	struct vb_route r = { .size = sizeof(r), .domain = vb_str(domain) };

	if (vb_module.module->route(&r, conf) != VB_KNOWN)
		return VB_STR("nowhere");
	return r.via;
}

static void
takes_the_first_route_that_fits(void **state)
{
	static const struct {
		const char *domain, *via;
	} cases[] = {
		{ "isi.test", "127.0.0.1:2526" },
		{ "usc.isi.test", "gate.isi.test" },
		{ "a.b.isi.test", "gate.isi.test" },
		{ "xisi.test", "mx" },
		{ ".isi.test", "mx" },
		{ "far.test", "mx" },
		{ "x.far.test", "a.test [::1]:26" },
		{ "[192.0.2.1]", "192.0.2.9" },
		{ "[192.0.2.2]", "mx" },
		{ "test", "mx" },
	};
	struct fake_memory m = { 0 };
	const void *conf = conf_of(&m, 5);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_str via = ask(conf, cases[i].domain);

		if (!vb_str_eq(via, vb_str(cases[i].via)))
			fail_msg(
			    "%s goes to %.*s", cases[i].domain, VB_FMT(via));
	}
	fake_forget(&m);
}

static void
says_what_we_are_called_there_and_knows_that_name(void **state)
{
	static const struct {
		const char *domain, *name;
	} cases[] = {
		{ "isi.test", "" },
		{ "usc.isi.test", "Us.isi.test" },
		{ "us.isi.test", "Us.isi.test" },
		{ "x.far.test", "" },
		{ "else.test", "we.out.test" },
		{ "we.out.test", "we.out.test" },
	};
	struct fake_memory m = { 0 };
	const void *conf = conf_of(&m, 5);
	struct vb_route r = { .size = sizeof(r) };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r.domain = vb_str(cases[i].domain);
		assert_int_equal(vb_module.module->route(&r, conf), VB_KNOWN);
		assert_true(vb_str_eq(r.name, vb_str(cases[i].name)));
	}
	fake_forget(&m);
}

static void
knows_nothing_without_a_route_that_fits(void **state)
{
	struct fake_memory m = { 0 };
	const void *conf = conf_of(&m, 4);

	(void)state;
	assert_true(vb_str_eq(ask(conf, "other.test"), VB_STR("nowhere")));
	assert_true(
	    vb_str_eq(ask(conf_of(&m, 0), "isi.test"), VB_STR("nowhere")));
	fake_forget(&m);
}

static void
hands_on_its_settings(void **state)
{
	struct fake_memory m = { 0 };
	void *conf = conf_of(&m, 5);
	struct vb_route r = { .size = sizeof(r), .domain = VB_STR("x.test") };

	(void)state;
	fake_set(&m, conf, "connect_timeout", "7s");
	fake_set(&m, conf, "per_destination", "3");
	fake_set(&m, conf, "bind", "192.0.2.7");
	assert_int_equal(vb_module.module->route(&r, conf), VB_KNOWN);
	assert_int_equal(r.connect_timeout.value, 7);
	assert_int_equal(r.greeting_timeout.value, 300);
	assert_int_equal(r.command_timeout.value, 300);
	assert_int_equal(r.data_timeout.value, 120);
	assert_int_equal(r.block_timeout.value, 180);
	assert_int_equal(r.end_timeout.value, 600);
	assert_int_equal(r.idle_timeout.value, 5);
	assert_int_equal(r.per_destination, 3);
	assert_int_equal(r.messages, 100);
	assert_true(vb_str_eq(r.bind, VB_STR("192.0.2.7")));
	fake_forget(&m);
}

static void
says_which_site_takes_what_comes_with_TURN(void **state)
{
	struct fake_memory m = { 0 };
	const void *conf = conf_of(&m, 5);
	struct vb_route r = { .size = sizeof(r) };

	(void)state;
	r.domain = VB_STR("isi.test");
	assert_int_equal(vb_module.module->route(&r, conf), VB_KNOWN);
	assert_true(vb_str_eq(r.turn_site, VB_STR("public")));
	r = (struct vb_route){ .domain = VB_STR("usc.isi.test") };
	assert_int_equal(vb_module.module->route(&r, conf), VB_KNOWN);
	assert_int_equal(r.turn_site.n, 0);
	fake_forget(&m);
}

/* The option of that name, in a list's group when it is one of those. */
static const struct vb_option *
option(const struct vb_option *o, const char *name)
{
	while (strcmp(o->name, name) != 0)
		o++;
	return o;
}

static void
checks_what_a_file_says(void **state)
{
	static const struct {
		const char *name, *text;
		bool is_good;
	} cases[] = {
		{ "domain", "isi.test", true },
		{ "domain", ".isi.test", true },
		{ "domain", "*", true },
		{ "domain", "[192.0.2.1]", true },
		{ "domain", "", false },
		{ "domain", "*.isi.test", false },
		{ "domain", "a@b.test", false },
		{ "via", "mx", true },
		{ "via", "mx:isi.test", true },
		{ "via", "mx:isi.test:26", true },
		{ "via", "gate.isi.test", true },
		{ "via", "gate.isi.test:26", true },
		{ "via", "192.0.2.1:65535", true },
		{ "via", "[2001:db8::1]", true },
		{ "via", "[2001:db8::1]:26", true },
		{ "via", "a.test  b.test:26 ", true },
		{ "via", "", false },
		{ "via", " ", false },
		{ "via", "a.test:", false },
		{ "via", "a.test:0", false },
		{ "via", "a.test:65536", false },
		{ "via", "a.test:99999999999999999999", false },
		{ "via", "a.test:smtp", false },
		{ "via", "2001:db8::1", false },
		{ "via", "[::1]x", false },
		{ "via", "a.test, b.test", false },
		{ "via", "mx:", false },
		{ "name", "", true },
		{ "name", "us.isi.test", true },
		{ "name", "us", true },
		{ "name", ".isi.test", false },
		{ "name", "us.", false },
		{ "name", "us..test", false },
		{ "name", "us isi.test", false },
		{ "name", "us,isi.test", false },
		{ "name", "*", false },
	};
	const struct vb_option *all = vb_module.module->options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_str text = vb_str(cases[i].text);
		const struct vb_option *o = option(
		    option(all, "routes")->group, cases[i].name);

		if ((o->check(&text) == NULL) != cases[i].is_good)
			fail_msg("%s \"%s\"", cases[i].name, cases[i].text);
	}
	assert_null(option(all, "routes")->check_item(&(struct route){ 0 }));
	assert_non_null(
	    option(all, "routes")->check_item(&(struct route){ .turn = true }));
	assert_null(option(all, "routes")
			->check_item(&(struct route){
			    .turn = true, .turn_site = VB_STR("public") }));
	assert_null(option(all, "bind")->check(&VB_STR("")));
	assert_null(option(all, "bind")->check(&VB_STR("::1")));
	assert_non_null(option(all, "bind")->check(&VB_STR("host.test")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_first_route_that_fits),
		cmocka_unit_test(
		    says_what_we_are_called_there_and_knows_that_name),
		cmocka_unit_test(knows_nothing_without_a_route_that_fits),
		cmocka_unit_test(hands_on_its_settings),
		cmocka_unit_test(says_which_site_takes_what_comes_with_TURN),
		cmocka_unit_test(checks_what_a_file_says),
	};

	fake_use();
	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
