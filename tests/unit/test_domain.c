/* Domains and address literals, taken and refused. */
#include "core/smtp/domain.h"

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

struct domain_case {
	enum profile profile;
	struct vb_str text;
	enum address_fault fault;
	const char *rest; /* what is left, or what did not fit */
};

/* The text lies in memory of just its size, so that the sanitizers see a look
   beyond it. */
static void
assert_domain(const struct domain_case *c)
{
	char *copy = malloc(c->text.n + 1);
	struct vb_str text = { copy + 1, c->text.n }, domain;
	enum address_fault fault;

	assert_non_null(copy);
	memcpy(copy + 1, c->text.p, c->text.n);
	fault = domain_take(c->profile, &text, &domain);
	if (fault != c->fault)
		fail_msg("\"%.*s\" gives %d, not %d", VB_FMT(c->text),
		    (int)fault, (int)c->fault);
	if (!vb_str_eq(text, vb_str(c->rest)))
		fail_msg("\"%.*s\" leaves \"%.*s\", not \"%s\"",
		    VB_FMT(c->text), VB_FMT(text), c->rest);
	if (fault == ADDRESS_GOOD) {
		assert_ptr_equal(domain.p, copy + 1);
		assert_int_equal(domain.n, c->text.n - text.n);
	}
	free(copy);
}

static void
takes_names(void **state)
{
	static const struct domain_case cases[] = {
		{ MODERN, TEXT("a.test"), ADDRESS_GOOD, "" },
		{ OLD, TEXT("LAB"), ADDRESS_GOOD, "" },
		{ MODERN, TEXT("x"), ADDRESS_GOOD, "" },
		{ MODERN, TEXT("1-2.3com>"), ADDRESS_GOOD, ">" },
		{ MODERN, TEXT("a--b,c"), ADDRESS_GOOD, ",c" },
		{ MODERN, TEXT("_b.c_d_:"), ADDRESS_GOOD, ":" },
		{ MODERN, TEXT("a b"), ADDRESS_GOOD, " b" },
		{ MODERN, TEXT("a\xc3\xbc"), ADDRESS_GOOD, "\xc3\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_domain(&cases[i]);
}

static void
refuses_names_that_do_not_fit(void **state)
{
	static const struct domain_case cases[] = {
		{ MODERN, TEXT(""), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("-b>"), ADDRESS_SYNTAX, ">" },
		{ MODERN, TEXT("b->"), ADDRESS_SYNTAX, ">" },
		{ MODERN, TEXT("b-.c"), ADDRESS_SYNTAX, ".c" },
		{ MODERN, TEXT("a.-b"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT(".b"), ADDRESS_SYNTAX, ".b" },
		{ MODERN, TEXT("b.>"), ADDRESS_SYNTAX, ">" },
		{ MODERN, TEXT("b..c"), ADDRESS_SYNTAX, ".c" },
		{ MODERN, TEXT("\x80"), ADDRESS_SYNTAX, "\x80" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_domain(&cases[i]);
}

static void
takes_literals(void **state)
{
	static const struct domain_case cases[] = {
		{ MODERN, TEXT("[192.0.2.1]"), ADDRESS_GOOD, "" },
		{ MODERN, TEXT("[0.0.0.0]>"), ADDRESS_GOOD, ">" },
		{ OLD, TEXT("[123.255.37.002]"), ADDRESS_GOOD, "" },
		{ MODERN, TEXT("[1.2.3.4].b"), ADDRESS_GOOD, ".b" },
		{ MODERN, TEXT("[IPv6:2001:DB8::1]"), ADDRESS_GOOD, "" },
		{ OLD, TEXT("[IPv6:::]"), ADDRESS_GOOD, "" },
		{ MODERN, TEXT("[ipv6:::ffff:192.0.2.1]"), ADDRESS_GOOD, "" },
		{ MODERN,
		    TEXT(
			"[IPv6:ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]"),
		    ADDRESS_GOOD, "" },
		{ MODERN, TEXT("[x-400:c=no;@>]"), ADDRESS_GOOD, "" },
		{ MODERN, TEXT("[IPv4:x]"), ADDRESS_GOOD, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_domain(&cases[i]);
}

static void
refuses_literals_that_do_not_fit(void **state)
{
	static const struct domain_case cases[] = {
		{ MODERN, TEXT("["), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[1.2.3]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[1.2.3.4.5]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[1.2.3.256]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[1.2.3.0004]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[1..3.4]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[1.2.3.4"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[::1]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[IPv6:]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[IPv6:1.2.3.4]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[ipv6:x]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[IPv6:g::1]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[IPv6:::1%eth0]"), ADDRESS_SYNTAX, "" },
		{ MODERN,
		    TEXT("[IPv6:0000:0000:0000:0000:0000:0000:0000:0000:0000"
			 ":0000]"),
		    ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[tag:]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[tag-:x]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[t_g:x]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[:x]"), ADDRESS_SYNTAX, "" },
		{ MODERN, TEXT("[tag:[]"), ADDRESS_SYNTAX, "[]" },
		{ MODERN, TEXT("[tag:x y]"), ADDRESS_SYNTAX, " y]" },
		{ MODERN, TEXT("[tag:\x80]"), ADDRESS_SYNTAX, "\x80]" },
		{ MODERN, TEXT("[tag:\x7f]"), ADDRESS_SYNTAX, "\x7f]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_domain(&cases[i]);
}

static void
tells_numbers_of_rfc821(void **state)
{
	static const struct domain_case cases[] = {
		{ OLD, TEXT("#123>"), ADDRESS_NUMBER, ">" },
		{ MODERN, TEXT("#123"), ADDRESS_NUMBER, "" },
		{ OLD, TEXT("#"), ADDRESS_SYNTAX, "" },
		{ OLD, TEXT("#x"), ADDRESS_SYNTAX, "x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_domain(&cases[i]);
}

static void
knows_a_domain_from_other_text(void **state)
{
	static const struct {
		enum profile profile;
		struct vb_str text;
		bool is_domain;
	} cases[] = {
		{ MODERN, TEXT("mail.a.test"), true },
		{ MODERN, TEXT("PC_OF_ANN"), true },
		{ OLD, TEXT("LAB"), true },
		{ MODERN, TEXT("[192.0.2.1]"), true },
		{ OLD, TEXT("[IPv6:2001:db8::1]"), true },
		{ MODERN, TEXT(""), false },
		{ MODERN, TEXT("a b"), false },
		{ MODERN, TEXT("a.test "), false },
		{ MODERN, TEXT("-a"), false },
		{ MODERN, TEXT("a."), false },
		{ MODERN, TEXT("[192.0.2.1"), false },
		{ MODERN, TEXT("[192.0.2.1]x"), false },
		{ MODERN, TEXT("a\0"), false },
		{ MODERN, TEXT("m\xfcll.test"), false },
		{ OLD, TEXT("#123"), false },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (address_is_domain(cases[i].profile, cases[i].text) !=
		    cases[i].is_domain)
			fail_msg("\"%.*s\"", VB_FMT(cases[i].text));
	memset(text, 'a', sizeof(text));
	assert_true(address_is_domain(MODERN, (struct vb_str){ text, 255 }));
	assert_false(address_is_domain(MODERN, (struct vb_str){ text, 256 }));
	assert_true(address_is_domain(OLD, (struct vb_str){ text, 64 }));
	assert_false(address_is_domain(OLD, (struct vb_str){ text, 65 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_names),
		cmocka_unit_test(refuses_names_that_do_not_fit),
		cmocka_unit_test(takes_literals),
		cmocka_unit_test(refuses_literals_that_do_not_fit),
		cmocka_unit_test(tells_numbers_of_rfc821),
		cmocka_unit_test(knows_a_domain_from_other_text),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
