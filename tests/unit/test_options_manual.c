/* Can the reference manual be read? */
#include "core/module/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

struct inner {
	struct vb_str name;
	struct vb_bytes size;
};

struct all {
	bool flag;
	int number;
	struct vb_str text, password;
	struct vb_choice disclose;
	struct vb_seconds timeout;
	struct vb_file file;
	struct vb_strings verbs;
	struct vb_list users;
	struct inner limits;
};

static const struct vb_option inner_options[] = {
	VB_OPTION(
	    struct inner, name, "", "What it is called.", .is_required = true),
	VB_OPTION(struct inner, size, "64k", "How large.", .min = 512),
	{ 0 },
};

static const struct vb_option all_options[] = {
	VB_OPTION(struct all, flag, "true", "Whether."),
	VB_OPTION(struct all, number, "17",
	    "How many there may be of what this is about, told at such length "
	    "that it takes more than one line to say it.",
	    .min = -5, .max = 256),
	VB_OPTION(struct all, text, "", "What to say."),
	VB_OPTION(struct all, password, "hush", "What not to say.",
	    .is_secret = true),
	VB_OPTION(struct all, disclose, "none", "Whom to tell.",
	    .choices = "none|local|full"),
	VB_OPTION(
	    struct all, timeout, "5m", "How long.", .min = 1, .max = 86400),
	VB_OPTION(struct all, file, "/etc/motd", "Which file."),
	VB_OPTION(
	    struct all, verbs, "HELO MAIL", "Which verbs.", .adds_up = true),
	VB_OPTION(struct all, users, "", "Who.", .group = inner_options,
	    .item_size = sizeof(struct inner)),
	VB_GROUP(struct all, limits, inner_options, "How much."),
	{ 0 },
};

static const char expected[] =
    "vrfy\n"
    "\n"
    "    flag: true or false. Default: true.\n"
    "        Whether.\n"
    "\n"
    "    number: a whole number, -5 to 256. Default: 17.\n"
    "        How many there may be of what this is about, told at such length that\n"
    "        it takes more than one line to say it.\n"
    "\n"
    "    text: a string.\n"
    "        What to say.\n"
    "\n"
    "    password: a string.\n"
    "        What not to say.\n"
    "\n"
    "    disclose: none, local or full. Default: \"none\".\n"
    "        Whom to tell.\n"
    "\n"
    "    timeout: a time, such as \"30s\", 1s to 1d. Default: \"5m\".\n"
    "        How long.\n"
    "\n"
    "    file: a file name, in quotes. Default: \"/etc/motd\".\n"
    "        Which file.\n"
    "\n"
    "    verbs: a list of strings, [ \"...\", \"...\" ]. Default: [ \"HELO\", \"MAIL\" ].\n"
    "    Adds to what stands further out.\n"
    "        Which verbs.\n"
    "\n"
    "    users: a list of groups, ( { ... }, { ... } ).\n"
    "        Who.\n"
    "\n"
    "        name: a string. Required.\n"
    "            What it is called.\n"
    "\n"
    "        size: a size, such as \"25M\", at least 512. Default: \"64k\".\n"
    "            How large.\n"
    "\n"
    "    limits: a group, { ... }.\n"
    "        How much.\n"
    "\n"
    "        name: a string. Required.\n"
    "            What it is called.\n"
    "\n"
    "        size: a size, such as \"25M\", at least 512. Default: \"64k\".\n"
    "            How large.\n";

static void
assert_manual(
    const char *name, const struct vb_option *table, const char *manual)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	options_manual(name, table, f);
	fclose(f);
	assert_string_equal(text, manual);
	free(text);
}

static void
tells_type_range_default_and_prose_of_each_setting(void **state)
{
	(void)state;
	assert_manual("vrfy", all_options, expected);
}

static void
indents_nothing_without_a_name(void **state)
{
	(void)state;
	assert_manual("", inner_options,
	    "\nname: a string. Required.\n    What it is called.\n"
	    "\nsize: a size, such as \"25M\", at least 512. Default: "
	    "\"64k\".\n    How large.\n");
}

/* 70 letters */
#define LONG                                  \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
keeps_lines_to_78_columns_but_for_long_words(void **state)
{
	static const struct {
		const char *prose, *lines;
	} cases[] = {
		{ " a  b\nc ", "    a b c\n" },
		{ LONG " yyy z", "    " LONG " yyy\n    z\n" },
		{ LONG " yyyy z", "    " LONG "\n    yyyy z\n" },
		{ LONG LONG " z", "    " LONG LONG "\n    z\n" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_option table[] = {
			VB_OPTION(struct inner, size, "1", cases[i].prose),
			{ 0 },
		};
		char manual[300];

		snprintf(manual, sizeof(manual),
		    "\nsize: a size, such as \"25M\". Default: \"1\".\n%s",
		    cases[i].lines);
		assert_manual("", table, manual);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    tells_type_range_default_and_prose_of_each_setting),
		cmocka_unit_test(indents_nothing_without_a_name),
		cmocka_unit_test(keeps_lines_to_78_columns_but_for_long_words),
	};

	return cmocka_run_group_tests_name("options_manual", tests, NULL, NULL);
}
