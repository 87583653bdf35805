/* Local parts, taken, refused and written. */
#include "core/smtp/local.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define MODERN PROFILE_RFC5321
#define OLD    PROFILE_RFC821

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct local_case {
	enum profile profile;
	struct vb_str text;
	enum address_fault fault;
	const char *local;
	const char *rest; /* what is left, or what did not fit */
};

/* The text lies in memory of just its size, so that the sanitizers see a look
   beyond it. */
static void
assert_local(const struct local_case *c)
{
	struct arena *arena = arena_create();
	char *copy = malloc(c->text.n + 1);
	struct vb_str text = { copy + 1, c->text.n }, local;
	enum address_fault fault;

	assert_non_null(copy);
	memcpy(copy + 1, c->text.p, c->text.n);
	fault = local_take(arena, c->profile, &text, &local);
	if (fault != c->fault)
		fail_msg("\"%.*s\" gives %d, not %d", VB_FMT(c->text),
		    (int)fault, (int)c->fault);
	if (!vb_str_eq(text, vb_str(c->rest)))
		fail_msg("\"%.*s\" leaves \"%.*s\", not \"%s\"",
		    VB_FMT(c->text), VB_FMT(text), c->rest);
	if (fault == ADDRESS_GOOD && !vb_str_eq(local, vb_str(c->local)))
		fail_msg("\"%.*s\" gives \"%.*s\", not \"%s\"", VB_FMT(c->text),
		    VB_FMT(local), c->local);
	arena_destroy(arena);
	free(copy);
}

static void
takes_dot_strings(void **state)
{
	static const struct local_case cases[] = {
		{ MODERN, TEXT("ann@"), ADDRESS_GOOD, "ann", "@" },
		{ OLD, TEXT("Admin.MRC"), ADDRESS_GOOD, "Admin.MRC", "" },
		{ MODERN, TEXT("a!b%c"), ADDRESS_GOOD, "a!b%c", "" },
		{ MODERN, TEXT("!#$%&'*+-/=?^_`{|}~"), ADDRESS_GOOD,
		    "!#$%&'*+-/=?^_`{|}~", "" },
		{ MODERN, TEXT("a b"), ADDRESS_GOOD, "a", " b" },
		{ MODERN, TEXT("a\xff"), ADDRESS_GOOD, "a", "\xff" },
		{ MODERN, TEXT("a\\b"), ADDRESS_GOOD, "a", "\\b" },
		{ MODERN, TEXT("a\"b\""), ADDRESS_GOOD, "a", "\"b\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_local(&cases[i]);
}

static void
takes_quotes_away(void **state)
{
	static const struct local_case cases[] = {
		{ MODERN, TEXT("\"smith\"@a"), ADDRESS_GOOD, "smith", "@a" },
		{ MODERN, TEXT("\"a b\""), ADDRESS_GOOD, "a b", "" },
		{ OLD, TEXT("\"<>@,;:.\""), ADDRESS_GOOD, "<>@,;:.", "" },
		{ MODERN, TEXT("\"Joe\\,Smith\""), ADDRESS_GOOD, "Joe,Smith",
		    "" },
		{ MODERN, TEXT("\"\\\"\\\\\""), ADDRESS_GOOD, "\"\\", "" },
		{ MODERN, TEXT("\"\\s\\ \""), ADDRESS_GOOD, "s ", "" },
		{ MODERN, TEXT("\"a\"b"), ADDRESS_GOOD, "a", "b" },
		{ OLD, TEXT("Joe\\,Smith"), ADDRESS_GOOD, "Joe,Smith", "" },
		{ OLD, TEXT("\\\"x.\\@"), ADDRESS_GOOD, "\"x.@", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_local(&cases[i]);
}

static void
refuses_what_does_not_fit(void **state)
{
	static const struct local_case cases[] = {
		{ MODERN, TEXT(""), ADDRESS_SYNTAX, "", "" },
		{ MODERN, TEXT(" a"), ADDRESS_SYNTAX, "", " a" },
		{ MODERN, TEXT(".a"), ADDRESS_SYNTAX, "", ".a" },
		{ MODERN, TEXT("a."), ADDRESS_SYNTAX, "", "" },
		{ MODERN, TEXT("a..b"), ADDRESS_SYNTAX, "", ".b" },
		{ MODERN, TEXT("a.\"b\""), ADDRESS_SYNTAX, "", "\"b\"" },
		{ MODERN, TEXT("\"\"@a"), ADDRESS_SYNTAX, "", "@a" },
		{ OLD, TEXT("\"\""), ADDRESS_SYNTAX, "", "" },
		{ MODERN, TEXT("\"a@b>"), ADDRESS_SYNTAX, "", "" },
		{ MODERN, TEXT("\"a\\\""), ADDRESS_SYNTAX, "", "" },
		{ MODERN, TEXT("\"a\\"), ADDRESS_SYNTAX, "", "" },
		{ OLD, TEXT("\\"), ADDRESS_SYNTAX, "", "" },
		{ MODERN, TEXT("\"a\tb\""), ADDRESS_SYNTAX, "", "\tb\"" },
		{ MODERN, TEXT("\"\\\xff\""), ADDRESS_SYNTAX, "", "\xff\"" },
		{ OLD, TEXT("\"\\\r\""), ADDRESS_SYNTAX, "", "\r\"" },
		{ OLD, TEXT("\\\n"), ADDRESS_SYNTAX, "", "\n" },
		{ MODERN, TEXT("\x7f"), ADDRESS_SYNTAX, "", "\x7f" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_local(&cases[i]);
}

static void
writes_quotes_only_where_they_must_be(void **state)
{
	static const struct {
		struct vb_str local, domain;
		const char *want;
	} cases[] = {
		{ TEXT("ann"), TEXT("a.test"), "ann@a.test" },
		{ TEXT("ann"), TEXT(""), "ann" },
		{ TEXT("a.b"), TEXT("c"), "a.b@c" },
		{ TEXT("a..b"), TEXT("c"), "\"a..b\"@c" },
		{ TEXT("a."), TEXT("c"), "\"a.\"@c" },
		{ TEXT("a b"), TEXT(""), "\"a b\"" },
		{ TEXT("a\"\\b"), TEXT("c"), "\"a\\\"\\\\b\"@c" },
		{ TEXT("a@b"), TEXT("c"), "\"a@b\"@c" },
		{ TEXT(""), TEXT("c"), "\"\"@c" },
		{ TEXT(""), TEXT(""), "" },
	};
	struct arena *arena = arena_create();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(vb_str_eq(
		    address_write(arena, cases[i].local, cases[i].domain),
		    vb_str(cases[i].want)));
	assert_int_equal(
	    address_write(arena, (struct vb_str){ 0 }, (struct vb_str){ 0 }).n,
	    0);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_dot_strings),
		cmocka_unit_test(takes_quotes_away),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(writes_quotes_only_where_they_must_be),
	};

	return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
