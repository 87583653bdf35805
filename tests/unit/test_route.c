/* Routes: which module says where mail goes, and which that it is kept. */
#include "core/smtp/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What a module answers, which is its settings. */
struct answer {
	enum vb_known known;
	const char *keeper, *via;
	int messages;
};

static enum vb_known
answer(struct vb_route *r, const void *conf)
{
	const struct answer *a = conf;

	if (a->keeper != NULL) {
		r->keeps = true;
		r->keeper = vb_str(a->keeper);
		r->keep_age = (struct vb_seconds){ 60 };
		r->keep_most = (struct vb_bytes){ 1000 };
	}
	if (a->messages != 0)
		r->messages = a->messages;
	if (a->via != NULL)
		r->via = vb_str(a->via);
	return a->known;
}

enum { MOST = 3 };

struct found {
	enum vb_known known;
	struct vb_route route;
};

/* Asks modules that answer so; the second has no routes. */
static struct found
find(const struct answer *answers)
{
	struct answer copies[MOST] = { answers[0], { 0 }, answers[1] };
	void *conf[] = { &copies[0], &copies[1], &copies[2] };
	struct module items[MOST] = { 0 };
	const struct modules modules = { items, MOST };
	const struct scope scope = { .module_conf = conf };
	struct found f = { .route = { .size = sizeof(f.route),
			       .domain = VB_STR("far.test") } };

	for (unsigned i = 0; i < MOST; i++) {
		items[i].name = "toy";
		items[i].index = i;
		items[i].is.route = i == 1 ? NULL : answer;
	}
	f.known = route_find(&modules, &scope, VB_STR("id"), &f.route);
	return f;
}

#define FIND(...) find((const struct answer[]){ __VA_ARGS__ })

static void
assert_route(const struct found *f, const char *keeper, const char *via)
{
	assert_int_equal(f->known, VB_KNOWN);
	assert_true(vb_str_eq(f->route.domain, VB_STR("far.test")));
	assert_true(vb_str_eq(f->route.keeper, vb_str(keeper)));
	assert_true(vb_str_eq(f->route.via, vb_str(via)));
	assert_int_equal(f->route.keeps, keeper[0] != '\0');
	assert_int_equal(f->route.keep_age.value, keeper[0] == '\0' ? 0 : 60);
	assert_int_equal(
	    f->route.keep_most.value, keeper[0] == '\0' ? 0 : 1000);
}

static void
takes_the_first_answer(void **state)
{
	struct found f = FIND({ .known = VB_KNOWN, .via = "a" },
	    { .known = VB_KNOWN, .via = "b" });

	(void)state;
	assert_route(&f, "", "a");
	f = FIND({ .known = VB_UNKNOWN }, { .known = VB_KNOWN, .via = "b" });
	assert_route(&f, "", "b");
	f = FIND({ .known = VB_UNKNOWN }, { .known = VB_UNKNOWN });
	assert_int_equal(f.known, VB_UNKNOWN);
	f = FIND({ .known = VB_UNSURE }, { .known = VB_KNOWN, .via = "b" });
	assert_int_equal(f.known, VB_UNSURE);
}

static void
takes_no_answer_that_leads_nowhere(void **state)
{
	struct found f = FIND(
	    { .known = VB_KNOWN }, { .known = VB_KNOWN, .via = "b" });

	(void)state;
	assert_int_equal(f.known, VB_UNSURE);
}

static void
forgets_what_a_module_set_that_knows_nothing(void **state)
{
	struct found f = FIND(
	    { .known = VB_UNKNOWN, .via = "a", .messages = 7 },
	    { .known = VB_KNOWN, .via = "b" });

	(void)state;
	assert_route(&f, "", "b");
	assert_int_equal(f.route.messages, 100);
}

static void
keeps_what_one_module_keeps_and_another_knows_the_way_of(void **state)
{
	struct found f = FIND(
	    { .known = VB_UNKNOWN, .keeper = "TURN", .messages = 7 },
	    { .known = VB_KNOWN, .via = "b" });

	(void)state;
	assert_route(&f, "TURN", "b");
	assert_int_equal(f.route.messages, 100);
}

static void
keeps_what_nobody_knows_the_way_of(void **state)
{
	struct found f = FIND(
	    { .known = VB_UNKNOWN, .keeper = "TURN" }, { .known = VB_UNKNOWN });

	(void)state;
	assert_route(&f, "TURN", "");
	f = FIND({ .known = VB_UNKNOWN, .keeper = "TURN" },
	    { .known = VB_UNSURE, .via = "b" });
	assert_route(&f, "TURN", "");
	f = FIND(
	    { .known = VB_KNOWN, .keeper = "ATRN" }, { .known = VB_UNKNOWN });
	assert_route(&f, "ATRN", "");
}

static void
keeps_whatever_the_order(void **state)
{
	struct found f = FIND({ .known = VB_KNOWN, .via = "a", .messages = 7 },
	    { .known = VB_UNKNOWN, .keeper = "TURN" });

	(void)state;
	assert_route(&f, "TURN", "a");
	assert_int_equal(f.route.messages, 7);
	f = FIND({ .known = VB_KNOWN, .via = "a" },
	    { .known = VB_KNOWN, .keeper = "TURN", .via = "b" });
	assert_route(&f, "TURN", "a");
	f = FIND({ .known = VB_UNSURE },
	    { .known = VB_KNOWN, .keeper = "TURN", .via = "b" });
	assert_route(&f, "TURN", "");
}

/* It might be the one that keeps it. */
static void
goes_no_way_where_one_cannot_tell(void **state)
{
	struct found f = FIND(
	    { .known = VB_KNOWN, .via = "a" }, { .known = VB_UNSURE });

	(void)state;
	assert_int_equal(f.known, VB_UNSURE);
}

static void
lets_the_first_keeper_have_the_say(void **state)
{
	struct found f = FIND({ .known = VB_UNKNOWN, .keeper = "TURN" },
	    { .known = VB_UNKNOWN, .keeper = "ATRN" });

	(void)state;
	assert_route(&f, "TURN", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_first_answer),
		cmocka_unit_test(takes_no_answer_that_leads_nowhere),
		cmocka_unit_test(forgets_what_a_module_set_that_knows_nothing),
		cmocka_unit_test(
		    keeps_what_one_module_keeps_and_another_knows_the_way_of),
		cmocka_unit_test(keeps_what_nobody_knows_the_way_of),
		cmocka_unit_test(keeps_whatever_the_order),
		cmocka_unit_test(goes_no_way_where_one_cannot_tell),
		cmocka_unit_test(lets_the_first_keeper_have_the_say),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
