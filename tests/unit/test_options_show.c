/* What settings are, a line each. */
#include "core/module/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct inner {
	struct vb_bytes most;
};

struct all {
	bool b;
	int i;
	struct vb_str s, secret;
	struct vb_seconds t;
	struct vb_choice c;
	struct vb_file f, none;
	struct vb_network n;
	struct vb_strings ss;
	struct vb_networks ns;
	struct vb_list l;
	struct inner g;
};

static const struct vb_option inner_options[] = {
	VB_OPTION(struct inner, most, "25M", "A size."),
	{ 0 },
};

static const struct vb_option options[] = {
	VB_OPTION(struct all, b, "true", "A truth."),
	VB_OPTION(struct all, i, "-7", "A number.", .min = -9, .max = 9),
	VB_OPTION(struct all, s, "a\tb", "A text."),
	VB_OPTION(struct all, secret, "x", "A secret.", .is_secret = true),
	VB_OPTION(struct all, t, "90s", "A time."),
	VB_OPTION(
	    struct all, c, "full", "A choice.", .choices = "none|local|full"),
	VB_OPTION(struct all, f, "/a/b", "A file."),
	VB_OPTION(struct all, none, "", "No file."),
	VB_OPTION(struct all, n, "::1", "A network."),
	VB_OPTION(struct all, ss, "a b", "Texts."),
	VB_OPTION(struct all, ns, "10.0.0.0/8 2001:db8::/32", "Networks."),
	VB_OPTION(struct all, l, "", "Items.", .group = inner_options,
	    .item_size = sizeof(struct inner)),
	VB_GROUP(struct all, g, inner_options, "A group."),
	{ 0 },
};

static const char *
tell(void *data, const char *name)
{
	return strcmp(name, "m.g.most") == 0 ? data : "by default";
}

static void
shows_each_setting_with_its_value_and_place(void **state)
{
	static const char *const lines[] = {
		"    m.b                       true                by default\n",
		"    m.i                       -7                  by default\n",
		"    m.s                       \"a\\tb\"              by "
		"default\n",
		"    m.secret                  (secret)            by default\n",
		"    m.t                       90s                 by default\n",
		"    m.c                       full                by default\n",
		"    m.f                       \"/a/b\"              by "
		"default\n",
		"    m.none                    \"\"                  by "
		"default\n",
		"    m.n                       \"::1/128\"           by "
		"default\n",
		"    m.ss                      [ \"a\", \"b\" ]        by "
		"default\n",
		"    m.ns                      [ \"10.0.0.0/8\", "
		"\"2001:db8::/32\" ]  by default\n",
		"    m.l                       (0)                 by default\n",
		"    m.g.most                  25M                 conf:3\n",
	};
	struct problems problems = { 0 };
	struct arena *arena = arena_create();
	const struct options_reader reader = { NULL, arena, &problems };
	char place[] = "conf:3";
	const struct options_place places = { tell, place };
	struct all all;
	char *text = NULL, *rest;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	options_defaults(&reader, "toy", options, &all);
	assert_int_equal(problems.n, 0);
	options_show("m", options, &all, &places, to);
	fclose(to);
	rest = text;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t length = strlen(lines[i]);

		if (strncmp(rest, lines[i], length) != 0)
			fail_msg("not\n%sbut\n%s", lines[i], rest);
		rest += length;
	}
	assert_string_equal(rest, "");
	free(text);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_each_setting_with_its_value_and_place),
	};

	return cmocka_run_group_tests_name("options, show", tests, NULL, NULL);
}
