/* In which order hooks are asked. */
#include "core/module/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 8 };

/* A module named by a letter, with one hook at RCPT. */
struct one {
	const char *name, *before, *after;
};

/* The names in the order of the chain, "abc"; empty for no chain. */
static void
order(
    const struct one ones[MOST], char text[MOST + 1], struct problems *problems)
{
	struct arena *arena = arena_create();
	struct vb_hook hooks[MOST][2] = { 0 };
	struct module items[MOST] = { 0 };
	struct modules modules = { items, 0 };
	struct chain chain;
	size_t n = 0;

	for (; n < MOST && ones[n].name != NULL; n++) {
		hooks[n][0] = (struct vb_hook){ VB_HOOK, .point = VB_AT_RCPT,
			.before = ones[n].before, .after = ones[n].after };
		items[n] = (struct module){ .name = ones[n].name,
			.file = "conf",
			.line = (int)n + 1,
			.is.hooks = hooks[n] };
	}
	modules.n = n;
	chain = chain_build(VB_AT_RCPT, &modules, arena, problems);
	for (size_t i = 0; i < chain.n; i++)
		text[i] = chain.items[i].module->name[0];
	text[chain.n] = '\0';
	arena_destroy(arena);
}

static void
sorts_by_before_and_after_and_keeps_the_rest(void **state)
{
	static const struct {
		struct one modules[MOST];
		const char *order;
	} cases[] = {
		{ { { 0 } }, "" },
		{ { { .name = "a" }, { .name = "b" }, { .name = "c" } },
		    "abc" },
		{ { { .name = "c" }, { .name = "b" }, { .name = "a" } },
		    "cba" },
		{ { { .name = "a", .after = "c" }, { .name = "b" },
		      { .name = "c" } },
		    "bca" },
		{ { { .name = "a" }, { .name = "b" },
		      { .name = "c", .before = "a" } },
		    "bca" },
		{ { { .name = "a" }, { .name = "b" },
		      { .name = "c", .before = "a b" } },
		    "cab" },
		{ { { .name = "a", .after = "b  c" }, { .name = "b" },
		      { .name = "c" }, { .name = "d" } },
		    "bcad" },
		{ { { .name = "a", .after = "b" },
		      { .name = "b", .after = "c" },
		      { .name = "c", .after = "d" }, { .name = "d" } },
		    "dcba" },
		{ { { .name = "a", .before = "b" },
		      { .name = "b", .after = "a" } },
		    "ab" },
		{ { { .name = "a", .after = "spf", .before = "zz" },
		      { .name = "b" } },
		    "ab" },
		/* Whole words only. */
		{ { { .name = "a", .after = "bb" },
		      { .name = "b", .before = "aa" } },
		    "ab" },
		{ { { .name = "aa", .after = "b" }, { .name = "bb" },
		      { .name = "c" } },
		    "abc" },
		{ { { .name = "a", .after = "bb b" }, { .name = "b" } }, "ba" },
	};
	struct problems problems = { 0 };
	char text[MOST + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		order(cases[i].modules, text, &problems);
		assert_string_equal(text, cases[i].order);
		assert_int_equal(problems.n, 0);
	}
}

static void
tells_a_cycle_with_each_module_in_it(void **state)
{
	static const struct {
		struct one modules[MOST];
		int line;
		const char *says;
	} cases[] = {
		{ { { .name = "a", .before = "b" },
		      { .name = "b", .before = "a" } },
		    1,
		    "\"a\" (conf:1) after \"b\", \"b\" (conf:2) after \"a\"" },
		{ { { .name = "a", .after = "a" } }, 1,
		    "\"a\" (conf:1) after \"a\"" },
		/* d is none of the cycle, it only waits for it. */
		{ { { .name = "d", .after = "a" },
		      { .name = "a", .after = "b" }, { .name = "x" },
		      { .name = "b", .after = "c" },
		      { .name = "c", .after = "a" } },
		    4,
		    "\"b\" (conf:4) after \"c\", \"c\" (conf:5) after \"a\", "
		    "\"a\" (conf:2) after \"b\"" },
	};
	char text[MOST + 1], says[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problems problems = { 0 };

		order(cases[i].modules, text, &problems);
		assert_string_equal(text, "");
		assert_int_equal(problems.n, 1);
		assert_string_equal(problems.items[0].file, "conf");
		assert_int_equal(problems.items[0].line, cases[i].line);
		snprintf(says, sizeof(says),
		    "the hooks at VB_AT_RCPT have no order: %s", cases[i].says);
		assert_string_equal(problems.items[0].text, says);
		problems_finish(&problems);
	}
}

static void
takes_the_hooks_of_one_point_in_the_order_of_the_table(void **state)
{
	const struct vb_hook a[] = {
		{ VB_HOOK, .point = VB_AT_RCPT, .after = "b" },
		{ VB_HOOK, .point = VB_AT_DATA, .after = "b" },
		{ VB_HOOK, .point = VB_AT_RCPT },
		{ 0 },
	};
	const struct vb_hook b[] = {
		{ VB_HOOK, .point = VB_AT_DATA, .after = "a" },
		{ VB_HOOK, .point = VB_AT_RCPT },
		{ VB_HOOK, .point = VB_AT_RCPT },
		{ 0 },
	};
	const struct module items[] = {
		{ .name = "a", .is.hooks = a },
		{ .name = "none" },
		{ .name = "b", .is.hooks = b },
	};
	const struct vb_hook *const wanted[] = { &a[2], &b[1], &b[2], &a[0] };
	const struct modules modules = { items, 3 };
	struct problems problems = { 0 };
	struct arena *arena = arena_create();
	struct chain chain = chain_build(
	    VB_AT_RCPT, &modules, arena, &problems);

	(void)state;
	assert_int_equal(chain.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_ptr_equal(chain.items[i].hook, wanted[i]);
	assert_ptr_equal(chain.items[3].module, &items[0]);
	assert_int_equal(problems.n, 0);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_by_before_and_after_and_keeps_the_rest),
		cmocka_unit_test(tells_a_cycle_with_each_module_in_it),
		cmocka_unit_test(
		    takes_the_hooks_of_one_point_in_the_order_of_the_table),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
