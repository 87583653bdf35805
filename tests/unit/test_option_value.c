/* Is one value read from text, or told why not? */
#include "core/module/option_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

union value {
	bool b;
	int i;
	struct vb_str s;
	struct vb_seconds t;
	struct vb_bytes z;
	struct vb_choice c;
	struct vb_file f;
	struct vb_network n;
	struct vb_strings ss;
	struct vb_networks ns;
	struct vb_list l;
};

static struct arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = arena_create();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static union value
good(const struct vb_option *o, const char *text)
{
	union value v;
	const char *wrong;

	memset(&v, 0xa5, sizeof(v));
	wrong = option_value_parse(arena, o, vb_str(text), &v);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	return v;
}

static void
reads_scalars(void **state)
{
	const struct vb_option of[] = {
		[VB_OPTION_BOOL] = { .type = VB_OPTION_BOOL },
		[VB_OPTION_INT] = { .type = VB_OPTION_INT,
		    .min = -5,
		    .max = 20 },
		[VB_OPTION_STRING] = { .type = VB_OPTION_STRING },
		[VB_OPTION_SECONDS] = { .type = VB_OPTION_SECONDS },
		[VB_OPTION_BYTES] = { .type = VB_OPTION_BYTES },
		[VB_OPTION_CHOICE] = { .type = VB_OPTION_CHOICE,
		    .choices = "none|local|full" },
		[VB_OPTION_FILE] = { .type = VB_OPTION_FILE },
	};
	union value v;

	(void)state;
	assert_true(good(&of[VB_OPTION_BOOL], "true").b);
	assert_false(good(&of[VB_OPTION_BOOL], "false").b);
	assert_int_equal(good(&of[VB_OPTION_INT], "-5").i, -5);
	assert_int_equal(good(&of[VB_OPTION_INT], "20").i, 20);
	v = good(&of[VB_OPTION_STRING], "te xt");
	assert_true(vb_str_eq(v.s, VB_STR("te xt")));
	assert_int_equal(good(&of[VB_OPTION_SECONDS], "1h30m").t.value, 5400);
	assert_int_equal(good(&of[VB_OPTION_BYTES], "25M").z.value, 25 << 20);
	assert_int_equal(good(&of[VB_OPTION_CHOICE], "none").c.value, 0);
	assert_int_equal(good(&of[VB_OPTION_CHOICE], "full").c.value, 2);
	assert_string_equal(good(&of[VB_OPTION_FILE], "/a b").f.name, "/a b");
	assert_null(good(&of[VB_OPTION_FILE], "").f.name);
}

static void
reads_networks(void **state)
{
	const struct vb_option o = { .type = VB_OPTION_NETWORK };
	const struct vb_option many = { .type = VB_OPTION_NETWORKS };
	union value v;

	(void)state;
	assert_int_equal(good(&o, "10.0.0.0/8").n.bits, 96 + 8);
	assert_int_equal(good(&o, "192.0.2.1").n.bits, 128);
	assert_int_equal(good(&o, "2001:db8::/32").n.bits, 32);
	assert_int_equal(good(&o, "::1").n.address[15], 1);
	v = good(&many, "10.0.0.0/8 ::1");
	assert_int_equal(v.ns.n, 2);
	assert_int_equal(v.ns.items[0].bits, 104);
	assert_int_equal(v.ns.items[1].bits, 128);
	assert_int_equal(good(&many, "").ns.n, 0);
}

static void
reads_lists_of_words(void **state)
{
	const struct vb_option o = { .type = VB_OPTION_STRINGS };
	const struct vb_option list = { .type = VB_OPTION_LIST };
	union value v = good(&o, "  a bc  d ");

	(void)state;
	assert_int_equal(v.ss.n, 3);
	assert_true(vb_str_eq(v.ss.items[1], VB_STR("bc")));
	assert_true(vb_str_eq(v.ss.items[2], VB_STR("d")));
	assert_int_equal(good(&o, "").ss.n, 0);
	assert_int_equal(good(&list, "").l.n, 0);
}

static void
tells_what_is_wrong_and_leaves_the_field(void **state)
{
	static const struct {
		struct vb_option o;
		const char *text, *wrong;
	} cases[] = {
		{ { .type = VB_OPTION_BOOL }, "yes", "want true or false" },
		{ { .type = VB_OPTION_INT }, "1k", "want a whole number" },
		{ { .type = VB_OPTION_INT }, "", "want a whole number" },
		{ { .type = VB_OPTION_INT }, "-1", "-1 is less than 0" },
		{ { .type = VB_OPTION_INT }, "2147483648",
		    "2147483648 is more than 2147483647" },
		{ { .type = VB_OPTION_INT, .max = 256 }, "9999",
		    "9999 is more than 256" },
		{ { .type = VB_OPTION_INT, .min = 5 }, "4",
		    "4 is less than 5" },
		{ { .type = VB_OPTION_INT, .min = INT64_MIN, .max = INT64_MAX },
		    "-2147483649", "-2147483649 is less than -2147483648" },
		{ { .type = VB_OPTION_INT, .max = INT64_MAX }, "2147483648",
		    "2147483648 is more than 2147483647" },
		{ { .type = VB_OPTION_BYTES }, "25X",
		    "\"25X\" is not a size (such as 512, 64k, 25M, 1G)" },
		{ { .type = VB_OPTION_BYTES }, "-5",
		    "-5 is not a size (such as 512, 64k, 25M, 1G)" },
		{ { .type = VB_OPTION_BYTES, .max = 1 << 20 }, "2M",
		    "\"2M\" is more than 1M" },
		{ { .type = VB_OPTION_BYTES, .min = 512, .max = 1024 }, "511",
		    "511 is less than 512" },
		{ { .type = VB_OPTION_SECONDS }, "30",
		    "30 has no unit (write \"30s\", \"5m\", \"1h\" or "
		    "\"4d\")" },
		{ { .type = VB_OPTION_SECONDS }, "soon",
		    "\"soon\" is not a time (such as 30s, 5m, 1h30m, 4d)" },
		{ { .type = VB_OPTION_SECONDS, .min = 1, .max = 86400 }, "25h",
		    "\"25h\" is more than 1d" },
		{ { .type = VB_OPTION_SECONDS, .min = 1, .max = 86400 }, "0",
		    "0 is less than 1s" },
		{ { .type = VB_OPTION_CHOICE, .choices = "none|local|full" },
		    "nonee", "want none, local or full" },
		{ { .type = VB_OPTION_CHOICE, .choices = "none|local|full" },
		    "", "want none, local or full" },
		{ { .type = VB_OPTION_CHOICE, .choices = "text|json" }, "Text",
		    "want text or json" },
		{ { .type = VB_OPTION_CHOICE, .choices = "one" }, "two",
		    "want one" },
		{ { .type = VB_OPTION_NETWORK }, "10.0.0.1/8",
		    "\"10.0.0.1/8\" has bits set behind its prefix" },
		{ { .type = VB_OPTION_NETWORK }, "", "\"\" is not a network" },
		{ { .type = VB_OPTION_NETWORKS }, "::1 ::2/127", NULL },
		{ { .type = VB_OPTION_NETWORKS }, "::1 ::3/127",
		    "\"::3/127\" has bits set behind its prefix" },
		{ { .type = VB_OPTION_BYTES, .is_secret = true }, "25X",
		    "the value is not a size (such as 512, 64k, 25M, 1G)" },
		{ { .type = VB_OPTION_BYTES }, "a\n\"\\",
		    "\"a\\n\"\\\\\" is not a size (such as 512, 64k, 25M, "
		    "1G)" },
		{ { .type = VB_OPTION_NETWORK },
		    "0123456789012345678901234567890123456789012345678901234567"
		    "8Xyz",
		    "\"01234567890123456789012345678901234567890123456789012345"
		    "678X...\" is not a network" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		union value v, before;
		const char *wrong;

		memset(&v, 0xa5, sizeof(v));
		before = v;
		wrong = option_value_parse(
		    arena, &cases[i].o, vb_str(cases[i].text), &v);
		if (cases[i].wrong == NULL) {
			assert_null(wrong);
			continue;
		}
		assert_non_null(wrong);
		assert_string_equal(wrong, cases[i].wrong);
		assert_memory_equal(&v, &before, sizeof(v));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_scalars),
		cmocka_unit_test(reads_networks),
		cmocka_unit_test(reads_lists_of_words),
		cmocka_unit_test(tells_what_is_wrong_and_leaves_the_field),
	};

	return cmocka_run_group_tests_name("option_value", tests, begin, end);
}
