/* What is kept: counted, listed, let go and forgotten, by domain and id. */
#include "core/mail/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 5000, DOMAINS = 7 };

static void
add(struct kept *k, const char *id, const char *domain, int64_t until)
{
	const struct kept_part part = { vb_str(id), vb_str(domain), 100,
		until };

	kept_add(k, &part);
}

#define STRINGS(...)                                                 \
	(struct vb_strings)                                          \
	{                                                            \
		(const struct vb_str[]){ __VA_ARGS__ },              \
		    sizeof((const struct vb_str[]){ __VA_ARGS__ }) / \
			sizeof(struct vb_str)                        \
	}

static void
assert_count(const struct kept *k, const char *domain, uint64_t messages)
{
	const struct vb_str one = vb_str(domain);
	const struct vb_strings domains = { &one, 1 };
	struct vb_kept count = { .size = sizeof(count) };

	kept_count(k, &domains, &count);
	assert_int_equal(count.messages, messages);
	assert_int_equal(count.octets, messages * 100);
}

/* "1 2 3" */
static void
assert_list(
    const struct kept *k, const struct vb_strings *domains, const char *want)
{
	struct kept_list list = kept_list(k, domains);
	char text[256] = "";

	for (size_t i = 0; i < list.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s%s", i == 0 ? "" : " ", list.ids[i]);
	assert_string_equal(text, want);
	free(list.ids);
}

static void
has_nothing_when_it_is_zero(void **state)
{
	struct kept k = { 0 };
	const struct vb_strings a = STRINGS(VB_STR("a.test"));
	char id[SCHEDULE_ID];

	(void)state;
	assert_count(&k, "a.test", 0);
	assert_list(&k, &a, "");
	assert_false(kept_has(&k, VB_STR("1")));
	assert_false(kept_take_old(&k, INT64_MAX, id));
	kept_forget(&k, VB_STR("1"));
	kept_finish(&k);
}

static void
counts_by_domain_each_message_once(void **state)
{
	struct kept k = { 0 };

	(void)state;
	add(&k, "1", "a.test", 5);
	add(&k, "2", "a.test", 5);
	add(&k, "2", "a.test", 5);
	add(&k, "2", "b.test", 5);
	assert_count(&k, "a.test", 2);
	assert_count(&k, "b.test", 1);
	assert_count(&k, "c.test", 0);
	kept_forget(&k, VB_STR("2"));
	assert_count(&k, "a.test", 1);
	assert_count(&k, "b.test", 0);
	assert_true(kept_has(&k, VB_STR("1")));
	assert_false(kept_has(&k, VB_STR("2")));
	kept_finish(&k);
}

static void
lists_for_several_domains_in_order_and_once(void **state)
{
	struct kept k = { 0 };
	const struct vb_strings both = STRINGS(
	    VB_STR("b.test"), VB_STR("a.test"));
	const struct vb_strings one = STRINGS(VB_STR("b.test"));

	(void)state;
	add(&k, "3", "a.test", 5);
	add(&k, "1", "b.test", 5);
	add(&k, "2", "a.test", 5);
	add(&k, "2", "b.test", 5);
	add(&k, "4", "c.test", 5);
	assert_int_equal(kept_octets(&k, VB_STR("2")), 100);
	assert_int_equal(kept_octets(&k, VB_STR("5")), 0);
	assert_list(&k, &both, "1 2 3");
	assert_list(&k, &one, "1 2");
	assert_true(kept_has_for(&k, VB_STR("3"), &both));
	assert_false(kept_has_for(&k, VB_STR("3"), &one));
	assert_false(kept_has_for(&k, VB_STR("4"), &both));
	kept_finish(&k);
}

static void
lets_go_for_one_domain_and_once(void **state)
{
	struct kept k = { 0 };
	const struct vb_str id = VB_STR("1");

	(void)state;
	add(&k, "1", "a.test", 5);
	add(&k, "1", "b.test", 5);
	assert_false(kept_is_let_go(&k, id, VB_STR("a.test")));
	assert_true(kept_let_go(&k, id, VB_STR("a.test")));
	assert_false(kept_let_go(&k, id, VB_STR("a.test")));
	assert_true(kept_is_let_go(&k, id, VB_STR("a.test")));
	assert_false(kept_is_let_go(&k, id, VB_STR("b.test")));
	assert_false(kept_let_go(&k, id, VB_STR("c.test")));
	assert_false(kept_let_go(&k, VB_STR("2"), VB_STR("a.test")));
	add(&k, "1", "a.test", 5);
	assert_true(kept_is_let_go(&k, id, VB_STR("a.test")));
	kept_forget(&k, id);
	add(&k, "1", "a.test", 5);
	assert_false(kept_is_let_go(&k, id, VB_STR("a.test")));
	kept_finish(&k);
}

static void
gives_what_is_too_old_once_and_the_oldest_first(void **state)
{
	struct kept k = { 0 };
	char id[SCHEDULE_ID];

	(void)state;
	add(&k, "1", "a.test", 30);
	add(&k, "2", "a.test", 10);
	add(&k, "3", "a.test", 50);
	add(&k, "3", "b.test", 20);
	assert_false(kept_take_old(&k, 9, id));
	assert_true(kept_take_old(&k, 20, id));
	assert_string_equal(id, "2");
	assert_true(kept_take_old(&k, 20, id));
	assert_string_equal(id, "3");
	assert_false(kept_take_old(&k, 20, id));
	assert_count(&k, "a.test", 3);
	add(&k, "2", "a.test", 10);
	assert_true(kept_take_old(&k, 20, id));
	assert_string_equal(id, "2");
	kept_forget(&k, VB_STR("1"));
	assert_false(kept_take_old(&k, 1000, id));
	kept_finish(&k);
}

static uint32_t
chance(uint32_t most)
{
	static uint32_t seed = 7;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % most;
}

/* The number of a message and, for one in three, the number after it are its
   domains. */
static void
add_number(struct kept *k, unsigned number)
{
	char id[SCHEDULE_ID], domain[16];

	snprintf(id, sizeof(id), "%013u", number);
	for (unsigned i = 0; i <= (number % 3 == 0); i++) {
		snprintf(
		    domain, sizeof(domain), "%u.test", (number + i) % DOMAINS);
		add(k, id, domain, number * 7919 % MANY);
	}
}

static uint64_t
count_all(const struct kept *k)
{
	struct vb_kept count;
	uint64_t all = 0;

	for (unsigned i = 0; i < DOMAINS; i++) {
		char domain[16];
		struct vb_str name;

		snprintf(domain, sizeof(domain), "%u.test", i);
		name = vb_str(domain);
		kept_count(k, &(struct vb_strings){ &name, 1 }, &count);
		all += count.messages;
	}
	return all;
}

static void
stays_exact_whatever_comes_and_goes(void **state)
{
	struct kept k = { 0 };
	static bool is_there[MANY];
	char id[SCHEDULE_ID];
	uint64_t want = 0, messages = 0;
	int64_t last = 0;

	(void)state;
	for (unsigned i = 0; i < 4 * MANY; i++) {
		unsigned number = chance(MANY);

		snprintf(id, sizeof(id), "%013u", number);
		if (is_there[number])
			kept_forget(&k, vb_str(id));
		else
			add_number(&k, number);
		if (is_there[number])
			want -= number % 3 == 0 ? 2 : 1;
		else
			want += number % 3 == 0 ? 2 : 1;
		is_there[number] = !is_there[number];
	}
	assert_int_equal(count_all(&k), want);
	for (unsigned i = 0; i < MANY; i++)
		messages += is_there[i];
	for (; kept_take_old(&k, MANY, id); messages--) {
		int64_t until = atoi(id) * (int64_t)7919 % MANY;

		assert_true(until >= last);
		last = until;
	}
	assert_int_equal(messages, 0);
	kept_finish(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_nothing_when_it_is_zero),
		cmocka_unit_test(counts_by_domain_each_message_once),
		cmocka_unit_test(lists_for_several_domains_in_order_and_once),
		cmocka_unit_test(lets_go_for_one_domain_and_once),
		cmocka_unit_test(
		    gives_what_is_too_old_once_and_the_oldest_first),
		cmocka_unit_test(stays_exact_whatever_comes_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
