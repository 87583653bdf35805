/* Whom a name leads to, as lookups tell it. */
#include "core/mail/leads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct vb_path asked = {
	.local = { "people", 6 },
	.domain = { "lab.test", 8 },
	.mailbox = { "people@lab.test", 15 },
};

static int
set_up(void **state)
{
	static struct leads leads;

	leads_open(&leads, arena_create());
	*state = &leads;
	return 0;
}

static int
tear_down(void **state)
{
	struct leads *l = *state;

	leads_finish(l);
	arena_destroy(l->arena);
	return 0;
}

static void
assert_str(struct vb_str text, const char *expected)
{
	assert_int_equal(text.n, strlen(expected));
	assert_memory_equal(text.p, expected, text.n);
}

static void
assert_to(const struct leads *l, size_t i, enum recipient_kind kind,
    const char *mailbox)
{
	assert_true(i < l->n);
	assert_int_equal(l->to[i].kind, kind);
	assert_str(l->to[i].mailbox, mailbox);
}

static void
a_mailbox_is_completed_by_what_was_asked(void **state)
{
	struct leads *l = *state;

	leads_add_found(l,
	    &(struct vb_found){ .kind = VB_MAILBOX,
		.user = VB_STR("two words"),
		.home = VB_STR("/home/two") },
	    &asked);
	assert_int_equal(l->n, 1);
	assert_to(l, 0, RECIPIENT_LOCAL, "\"two words\"@lab.test");
	assert_str(l->to[0].user, "two words");
	assert_str(l->to[0].domain, "lab.test");
	assert_str(l->to[0].home, "/home/two");
	assert_null(leads_take(l));
}

static void
a_list_leads_to_its_members_in_their_order(void **state)
{
	const struct vb_found inner = { .kind = VB_MAILBOX,
		.user = VB_STR("carl") };
	const struct vb_found members[] = {
		{ .kind = VB_RELAY, .mailbox = VB_STR("ann") },
		{ .kind = VB_LIST, .items = &inner, .n_items = 1 },
		{ .kind = VB_RELAY,
		    .mailbox = VB_STR("people"),
		    .is_final = true },
		{ .kind = VB_FORWARD, .mailbox = VB_STR("x@else.test") },
		{ .kind = VB_NOBODY },
	};
	static const struct {
		const char *text, *behind;
	} names[] = { { "ann", "" }, { "people", "aliases" },
		{ "x@else.test", "" } };
	struct leads *l = *state;

	leads_add_found(l,
	    &(struct vb_found){ .kind = VB_LIST,
		.module = VB_STR("aliases"),
		.items = members,
		.n_items = N(members) },
	    &asked);
	assert_int_equal(l->n, 2);
	assert_to(l, 0, RECIPIENT_LOCAL, "carl@lab.test");
	assert_to(l, 1, RECIPIENT_FAILED, "people@lab.test");
	assert_str(l->to[1].user, "5.2.4");
	assert_int_equal(l->n_names, N(names));
	for (size_t i = 0; i < N(names); i++) {
		const struct lead *lead = leads_take(l);

		assert_non_null(lead);
		assert_str(lead->text, names[i].text);
		assert_str(lead->behind, names[i].behind);
	}
	assert_null(leads_take(l));
}

static void
a_name_is_taken_once_and_behind_each_module_anew(void **state)
{
	struct leads *l = *state;
	const struct lead *lead;

	leads_add_name(l, VB_STR("a"), VB_STR(""));
	leads_add_name(l, VB_STR("a"), VB_STR(""));
	assert_non_null(leads_take(l));
	assert_null(leads_take(l));
	leads_add_name(l, VB_STR("a"), VB_STR(""));
	assert_null(leads_take(l));
	leads_add_name(l, VB_STR("a"), VB_STR("aliases"));
	lead = leads_take(l);
	assert_non_null(lead);
	assert_str(lead->behind, "aliases");
	assert_int_equal(l->n_names, 2);
}

/* Case is ours to overlook, not that of others. */
static void
a_recipient_is_there_once(void **state)
{
	struct leads *l = *state;
	const struct vb_found ann[] = {
		{ .kind = VB_MAILBOX, .mailbox = VB_STR("ann@lab.test") },
		{ .kind = VB_MAILBOX, .mailbox = VB_STR("Ann@lab.test") },
	};

	for (size_t i = 0; i < N(ann); i++)
		leads_add_found(l, &ann[i], &asked);
	assert_int_equal(l->n, 1);
	leads_add_remote(l, VB_STR("x@else.test"), VB_STR("else.test"));
	leads_add_remote(l, VB_STR("x@else.test"), VB_STR("else.test"));
	assert_int_equal(l->n, 2);
	leads_add_remote(l, VB_STR("X@else.test"), VB_STR("else.test"));
	assert_int_equal(l->n, 3);
	leads_add_failed(l, VB_STR("y"), "5.1.3", "not an address");
	leads_add_failed(l, VB_STR("y"), "5.1.1", "no such user here");
	assert_int_equal(l->n, 4);
	assert_to(l, 0, RECIPIENT_LOCAL, "ann@lab.test");
	assert_to(l, 3, RECIPIENT_FAILED, "y");
	assert_str(l->to[3].home, "not an address");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_mailbox_is_completed_by_what_was_asked, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_list_leads_to_its_members_in_their_order, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_name_is_taken_once_and_behind_each_module_anew, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    a_recipient_is_there_once, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("leads", tests, NULL, NULL);
}
