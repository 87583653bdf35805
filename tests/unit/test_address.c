/* Paths, mailboxes and domains, taken and refused. */
#include "core/smtp/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"

#define MODERN PROFILE_RFC5321
#define OLD    PROFILE_RFC821

#define TEXT(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* address_forward_path() and what is called the same way. */
typedef enum address_fault taker(struct arena *arena, enum profile profile,
    struct vb_str *text, struct vb_path *path);

/* As the others: all of the text, or none. */
static enum address_fault
take_mailbox(struct arena *arena, enum profile profile, struct vb_str *text,
    struct vb_path *path)
{
	enum address_fault fault = address_mailbox(arena, profile, *text, path);

	if (fault == ADDRESS_GOOD) {
		text->p += text->n;
		text->n = 0;
	}
	return fault;
}

static void
assert_part(struct vb_str text, struct vb_str got, const char *want)
{
	if (!vb_str_eq(got, vb_str(want)))
		fail_msg("\"%.*s\" gives \"%.*s\", not \"%s\"", VB_FMT(text),
		    VB_FMT(got), want);
}

struct good {
	enum profile profile;
	struct vb_str text;
	const char *route, *local, *domain, *mailbox, *rest;
};

/* The text lies in memory of just its size, so that the sanitizers see a look
   beyond it. */
static void
assert_taken(taker *take, const struct good *c)
{
	struct arena *arena = arena_create();
	char *copy = malloc(c->text.n);
	struct vb_str text = { copy, c->text.n };
	struct vb_path path;

	assert_non_null(copy);
	memcpy(copy, c->text.p, c->text.n);
	if (take(arena, c->profile, &text, &path) != ADDRESS_GOOD)
		fail_msg("\"%.*s\" is refused", VB_FMT(c->text));
	assert_part(c->text, path.route, c->route);
	assert_part(c->text, path.local, c->local);
	assert_part(c->text, path.domain, c->domain);
	assert_part(c->text, path.mailbox, c->mailbox);
	assert_part(c->text, text, c->rest);
	arena_destroy(arena);
	free(copy);
}

struct bad {
	enum profile profile;
	struct vb_str text;
	enum address_fault fault;
};

static void
assert_refused(taker *take, const struct bad *c)
{
	struct arena *arena = arena_create();
	char *copy = malloc(c->text.n + 1);
	struct vb_str text = { copy + 1, c->text.n };
	struct vb_path path;
	enum address_fault fault;

	assert_non_null(copy);
	memcpy(copy + 1, c->text.p, c->text.n);
	fault = take(arena, c->profile, &text, &path);
	if (fault != c->fault)
		fail_msg("\"%.*s\" gives %d, not %d", VB_FMT(c->text),
		    (int)fault, (int)c->fault);
	assert_ptr_equal(text.p, copy + 1);
	assert_int_equal(text.n, c->text.n);
	arena_destroy(arena);
	free(copy);
}

static void
takes_the_paths_of_the_rfcs(void **state)
{
	static const struct good cases[] = {
		{ MODERN, TEXT("<ann@a.test>"), "", "ann", "a.test",
		    "ann@a.test", "" },
		{ MODERN, TEXT("<ann@a.test> SIZE=1"), "", "ann", "a.test",
		    "ann@a.test", " SIZE=1" },
		{ MODERN, TEXT("<ann@a.test>>"), "", "ann", "a.test",
		    "ann@a.test", ">" },
		{ OLD, TEXT("<@ONE,@TWO:JOE@THREE>"), "@ONE,@TWO", "JOE",
		    "three", "JOE@three", "" },
		{ MODERN, TEXT("<@[10.0.0.1],@[IPv6:::1]:a@b>"),
		    "@[10.0.0.1],@[IPv6:::1]", "a", "b", "a@b", "" },
		{ OLD, TEXT("<Admin.MRC@Lab.Test>"), "", "Admin.MRC",
		    "lab.test", "Admin.MRC@lab.test", "" },
		{ MODERN, TEXT("<a@x>"), "", "a", "x", "a@x", "" },
		{ MODERN, TEXT("<a@1-2.3com>"), "", "a", "1-2.3com",
		    "a@1-2.3com", "" },
		{ MODERN, TEXT("<a@_b.c_d_>"), "", "a", "_b.c_d_", "a@_b.c_d_",
		    "" },
		{ MODERN, TEXT("<!#$%&'*+-/=?^_`{|}~@a>"), "",
		    "!#$%&'*+-/=?^_`{|}~", "a", "!#$%&'*+-/=?^_`{|}~@a", "" },
		{ MODERN, TEXT("<a!b%c@D>"), "", "a!b%c", "d", "a!b%c@d", "" },
		{ MODERN, TEXT("<a@[IPv6:2001:DB8::1]>"), "", "a",
		    "[ipv6:2001:db8::1]", "a@[ipv6:2001:db8::1]", "" },
		{ MODERN, TEXT("<a@[x-400:c=no;@>]>"), "", "a",
		    "[x-400:c=no;@>]", "a@[x-400:c=no;@>]", "" },
		{ MODERN, TEXT("<\"smith\"@a>"), "", "smith", "a", "smith@a",
		    "" },
		{ MODERN, TEXT("<\"a>b\"@a>"), "", "a>b", "a", "\"a>b\"@a",
		    "" },
		{ MODERN, TEXT("<\"v@remote.test\"@a>"), "", "v@remote.test",
		    "a", "\"v@remote.test\"@a", "" },
		{ OLD, TEXT("<Joe\\,Smith@a>"), "", "Joe,Smith", "a",
		    "\"Joe,Smith\"@a", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_taken(address_forward_path, &cases[i]);
		assert_taken(address_reverse_path, &cases[i]);
	}
}

static void
takes_the_null_path_only_in_reverse(void **state)
{
	static const struct good good[] = {
		{ MODERN, TEXT("<>"), "", "", "", "", "" },
		{ OLD, TEXT("<> X"), "", "", "", "", " X" },
	};
	static const struct bad bad = { MODERN, TEXT("<>"), ADDRESS_SYNTAX };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_taken(address_reverse_path, &good[i]);
	assert_refused(address_forward_path, &bad);
	assert_refused(take_mailbox, &bad);
}

static void
takes_a_bare_local_part_only_forward(void **state)
{
	static const struct good good[] = {
		{ MODERN, TEXT("<Postmaster>"), "", "Postmaster", "",
		    "Postmaster", "" },
		{ OLD, TEXT("<\"a b\"> X"), "", "a b", "", "\"a b\"", " X" },
	};
	static const struct bad bad[] = {
		{ MODERN, TEXT("<Postmaster>"), ADDRESS_SYNTAX },
		{ OLD, TEXT("<root>"), ADDRESS_SYNTAX },
	};
	static const struct bad routed = { MODERN, TEXT("<@a:postmaster>"),
		ADDRESS_SYNTAX };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_taken(address_forward_path, &good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(address_reverse_path, &bad[i]);
	assert_refused(address_forward_path, &routed);
}

static void
refuses_what_is_no_path(void **state)
{
	static const struct bad cases[] = {
		{ MODERN, TEXT(""), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<"), ADDRESS_SYNTAX },
		{ MODERN, TEXT(">"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("< >"), ADDRESS_SYNTAX },
		{ MODERN, TEXT(" <a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("ann@a.test"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<ann@a.test"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<ann@>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a.test>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b@c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a b@c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<.a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a.@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a..b@c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<;sh;>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a(b)@c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@@b>"), ADDRESS_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_refused(address_forward_path, &cases[i]);
		assert_refused(address_reverse_path, &cases[i]);
	}
}

static void
refuses_parts_that_do_not_fit(void **state)
{
	static const struct bad cases[] = {
		{ MODERN, TEXT("<@:a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a,:a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a,b:a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a, @b:a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a:@b:a@b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a:>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@-b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b->"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b-.c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@.b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b.>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b..c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@b/c>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@[1.2.3]>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a@[1.2.3.4].b>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<\"\"@a>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<\"a\\"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<a\\,b@c>"), ADDRESS_SYNTAX },
		{ OLD, TEXT("<a\\"), ADDRESS_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_refused(address_forward_path, &cases[i]);
		assert_refused(address_reverse_path, &cases[i]);
	}
}

static void
tells_octets_that_may_stand_in_no_address(void **state)
{
	static const struct bad cases[] = {
		{ MODERN, TEXT("<\xc3\xbc@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<\"a\xff\"@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<a@b\x80>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<@b\x80:a@b>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<a@[x:\x80]>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<u\0@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<\"u\0\"@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<\"u\\\0\"@a>"), ADDRESS_NOT_ASCII },
		{ OLD, TEXT("<\"u\\\n\"@a>"), ADDRESS_NOT_ASCII },
		{ OLD, TEXT("<u\\\r@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<\"u\t\"@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("<a\x7f@a>"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("\x01<a@b>"), ADDRESS_NOT_ASCII },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_refused(address_forward_path, &cases[i]);
		assert_refused(address_reverse_path, &cases[i]);
	}
}

static void
tells_numbers_of_rfc821(void **state)
{
	static const struct bad cases[] = {
		{ OLD, TEXT("<a@#123>"), ADDRESS_NUMBER },
		{ MODERN, TEXT("<a@#123>"), ADDRESS_NUMBER },
		{ OLD, TEXT("<@#1:a@b>"), ADDRESS_NUMBER },
		{ OLD, TEXT("<a@#>"), ADDRESS_SYNTAX },
		{ OLD, TEXT("<a@#x>"), ADDRESS_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_refused(address_forward_path, &cases[i]);
		assert_refused(address_reverse_path, &cases[i]);
		if (cases[i].text.p[1] != '@')
			assert_refused(take_mailbox, &cases[i]);
	}
}

static void
add_times(struct buffer *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buffer_add_str(b, vb_str(text));
}

/* before, times of text, after. */
struct long_case {
	enum profile profile;
	const char *before, *text;
	size_t times;
	const char *after;
	enum address_fault fault;
};

static void
assert_limit(const struct long_case *c)
{
	struct arena *arena = arena_create();
	struct buffer b = { 0 };
	struct vb_str text;
	struct vb_path path;
	enum address_fault fault;

	add_times(&b, c->before, 1);
	add_times(&b, c->text, c->times);
	add_times(&b, c->after, 1);
	text = buffer_str(&b);
	fault = address_reverse_path(arena, c->profile, &text, &path);
	if (fault != c->fault)
		fail_msg("%s, %zu times %s: %d", c->before, c->times, c->text,
		    (int)fault);
	if (c->before[1] != '@') {
		text = buffer_str(&b);
		fault = address_mailbox(arena, c->profile, text, &path);
		assert_int_equal(fault, c->fault);
		text.p++;
		text.n -= 2;
		fault = address_mailbox(arena, c->profile, text, &path);
		assert_int_equal(fault, c->fault);
	}
	buffer_finish(&b);
	arena_destroy(arena);
}

static void
keeps_to_the_limits(void **state)
{
	static const struct long_case cases[] = {
		{ MODERN, "<", "a", 64, "@a.test>", ADDRESS_GOOD },
		{ MODERN, "<", "a", 65, "@a.test>", ADDRESS_LOCAL_LONG },
		{ OLD, "<", "a", 64, "@a.test>", ADDRESS_GOOD },
		{ OLD, "<", "a", 65, "@a.test>", ADDRESS_LOCAL_LONG },
		/* only what must be quoted counts with its quotes */
		{ MODERN, "<\"", "a", 64, "\"@a.test>", ADDRESS_GOOD },
		{ MODERN, "<\"", "\\a", 64, "\"@a.test>", ADDRESS_GOOD },
		{ MODERN, "<\"", "a", 65, "\"@a.test>", ADDRESS_LOCAL_LONG },
		{ MODERN, "<\" ", "a", 61, "\"@a.test>", ADDRESS_GOOD },
		{ MODERN, "<\" ", "a", 62, "\"@a.test>", ADDRESS_LOCAL_LONG },
		{ MODERN, "<\"", "\\\"", 31, "\"@a.test>", ADDRESS_GOOD },
		{ MODERN, "<\"", "\\\"", 32, "\"@a.test>", ADDRESS_LOCAL_LONG },
		{ OLD, "<a@", "b", 64, ">", ADDRESS_GOOD },
		{ OLD, "<a@", "b", 65, ">", ADDRESS_DOMAIN_LONG },
		{ OLD, "<@", "b", 65, ":a@b>", ADDRESS_DOMAIN_LONG },
		{ MODERN, "<a@", "b", 252, ">", ADDRESS_GOOD },
		{ MODERN, "<a@", "b", 253, ">", ADDRESS_PATH_LONG },
		{ MODERN, "<a@", "b", 255, ">", ADDRESS_PATH_LONG },
		{ MODERN, "<a@", "b", 256, ">", ADDRESS_DOMAIN_LONG },
		{ MODERN, "<\"\\a\"@", "b", 249, ">", ADDRESS_GOOD },
		{ MODERN, "<\"\\a\"@", "b", 250, ">", ADDRESS_PATH_LONG },
		{ MODERN, "<@bbb", ",@b", 82, ":a@b>", ADDRESS_GOOD },
		{ MODERN, "<@bbbb", ",@b", 82, ":a@b>", ADDRESS_PATH_LONG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_limit(&cases[i]);
}

static void
takes_a_mailbox_as_people_write_it(void **state)
{
	static const struct good good[] = {
		{ MODERN, TEXT("Ann@A.Test"), "", "Ann", "a.test", "Ann@a.test",
		    "" },
		{ MODERN, TEXT("<Ann@A.Test>"), "", "Ann", "a.test",
		    "Ann@a.test", "" },
		{ MODERN, TEXT("ann"), "", "ann", "", "ann", "" },
		{ MODERN, TEXT("<ann>"), "", "ann", "", "ann", "" },
		{ MODERN, TEXT("\"a b\"@[10.0.0.1]"), "", "a b", "[10.0.0.1]",
		    "\"a b\"@[10.0.0.1]", "" },
	};
	static const struct bad bad[] = {
		{ MODERN, TEXT(""), ADDRESS_SYNTAX },
		{ MODERN, TEXT("ann@a.test "), ADDRESS_SYNTAX },
		{ MODERN, TEXT("ann@a.test>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<ann@a.test> "), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<ann@a.test"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("Ann <ann@a.test>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("<@a:ann@a.test>"), ADDRESS_SYNTAX },
		{ MODERN, TEXT("a@b\n"), ADDRESS_NOT_ASCII },
		{ MODERN, TEXT("\"\""), ADDRESS_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_taken(take_mailbox, &good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(take_mailbox, &bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_paths_of_the_rfcs),
		cmocka_unit_test(takes_the_null_path_only_in_reverse),
		cmocka_unit_test(takes_a_bare_local_part_only_forward),
		cmocka_unit_test(refuses_what_is_no_path),
		cmocka_unit_test(refuses_parts_that_do_not_fit),
		cmocka_unit_test(tells_octets_that_may_stand_in_no_address),
		cmocka_unit_test(tells_numbers_of_rfc821),
		cmocka_unit_test(keeps_to_the_limits),
		cmocka_unit_test(takes_a_mailbox_as_people_write_it),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
