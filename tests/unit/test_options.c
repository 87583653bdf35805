/* Are groups read into structs as their table says, and all faults told? */
#include "core/module/options.h"

#include "tests/unit/conf_files.h"

struct limits {
	struct vb_bytes message;
	struct vb_seconds timeout;
};

struct user {
	struct vb_str name;
	int reply;
	struct vb_strings members;
	struct limits limits;
};

struct all {
	bool flag;
	int number;
	struct vb_str text;
	struct vb_choice disclose;
	struct vb_file file;
	struct vb_network network;
	struct vb_strings names, verbs;
	struct vb_networks networks;
	struct vb_list users, more;
	struct limits limits;
};

static const char *
check_text(const void *field)
{
	const struct vb_str *text = field;

	return vb_str_eq(*text, VB_STR("bad")) ? "want a better text" : NULL;
}

static const char *
check_names(const void *field)
{
	const struct vb_strings *names = field;

	return names->n > 3 ? "want three names at most" : NULL;
}

static const char *
check_limits(const void *field)
{
	const struct limits *limits = field;

	return limits->message.value == 13 ? "that brings bad luck" : NULL;
}

static const char *
check_user(const void *item)
{
	const struct user *user = item;

	return user->reply == 550 && user->members.n > 0 ? "want no members"
	                                                 : NULL;
}

static const struct vb_option limits_options[] = {
	VB_OPTION(struct limits, message, "25M", "The largest.", .min = 1,
	    .max = 1 << 30),
	VB_OPTION(
	    struct limits, timeout, "5m", "How long.", .min = 1, .max = 86400),
	{ 0 },
};

static const struct vb_option user_options[] = {
	VB_OPTION(struct user, name, "", "The name.", .is_required = true,
	    .check = check_text),
	VB_OPTION(struct user, reply, "251", "The code.", .max = 999),
	VB_OPTION(struct user, members, "", "Who."),
	VB_GROUP(struct user, limits, limits_options, "Limits."),
	{ 0 },
};

static const struct vb_option all_options[] = {
	VB_OPTION(struct all, flag, "true", "A flag."),
	VB_OPTION(struct all, number, "17", "A number.", .max = 256),
	VB_OPTION(
	    struct all, text, "some text", "A text.", .check = check_text),
	VB_OPTION(struct all, disclose, "local", "A choice.",
	    .choices = "none|local|full"),
	VB_OPTION(struct all, file, "", "A file."),
	VB_OPTION(struct all, network, "::1", "A network."),
	VB_OPTION(struct all, names, "a b", "Names.", .check = check_names),
	VB_OPTION(struct all, verbs, "HELO", "Verbs.", .adds_up = true),
	VB_OPTION(struct all, networks, "10.0.0.0/8", "Networks."),
	VB_OPTION(struct all, users, "", "Users.", .group = user_options,
	    .item_size = sizeof(struct user), .check_item = check_user),
	VB_OPTION(struct all, more, "", "More users.", .group = user_options,
	    .item_size = sizeof(struct user), .adds_up = true),
	VB_GROUP(struct all, limits, limits_options, "Limits."),
	{ 0 },
};

/* What was read lives until the next is. */
static struct {
	struct conf *conf;
	struct arena *arena;
	struct problems problems;
	struct options_reader reader;
} now;

static void
forget(void)
{
	conf_destroy(now.conf);
	arena_destroy(now.arena);
	problems_finish(&now.problems);
	now.conf = NULL;
	now.arena = NULL;
}

static void
open_text(const char *text)
{
	forget();
	write_file("a", text);
	now.conf = conf_read("a", &now.problems);
	assert_non_null(now.conf);
	now.arena = arena_create();
	now.reader = (struct options_reader){ now.conf, now.arena,
		&now.problems };
}

static struct all
defaults(void)
{
	struct all all;

	memset(&all, 0xa5, sizeof(all));
	options_defaults(&now.reader, "module.so", all_options, &all);
	return all;
}

static struct all
read_text(const char *text)
{
	struct all all;

	open_text(text);
	all = defaults();
	options_read(
	    &now.reader, "m", all_options, NULL, conf_root(now.conf), &all);
	return all;
}

static struct all
read_good(const char *text)
{
	struct all all = read_text(text);

	assert_problems(&now.problems, "");
	return all;
}

static void
assert_wrong(const char *text, const char *expected)
{
	read_text(text);
	assert_problems(&now.problems, expected);
}

static void
sets_every_field_to_its_default(void **state)
{
	struct all all = read_good("");

	(void)state;
	assert_true(all.flag);
	assert_int_equal(all.number, 17);
	assert_true(vb_str_eq(all.text, VB_STR("some text")));
	assert_int_equal(all.disclose.value, 1);
	assert_null(all.file.name);
	assert_int_equal(all.network.bits, 128);
	assert_int_equal(all.names.n, 2);
	assert_int_equal(all.verbs.n, 1);
	assert_int_equal(all.networks.n, 1);
	assert_int_equal(all.users.n, 0);
	assert_int_equal(all.limits.message.value, 25 << 20);
	assert_int_equal(all.limits.timeout.value, 300);
}

static void
reads_every_type(void **state)
{
	struct all all = read_good(
	    "flag = false; number = 256L; text = \"x\"; file = \"/y\";\n"
	    "disclose = \"full\"; network = \"192.0.2.0/24\";\n"
	    "names = [ \"x\", \"y\", \"z\" ]; networks = ( \"::/0\" );\n"
	    "limits: { message = 512; timeout = \"1h30m\"; };");

	(void)state;
	assert_false(all.flag);
	assert_int_equal(all.number, 256);
	assert_true(vb_str_eq(all.text, VB_STR("x")));
	assert_string_equal(all.file.name, "/y");
	assert_int_equal(all.disclose.value, 2);
	assert_int_equal(all.network.bits, 96 + 24);
	assert_int_equal(all.names.n, 3);
	assert_true(vb_str_eq(all.names.items[2], VB_STR("z")));
	assert_int_equal(all.networks.n, 1);
	assert_int_equal(all.networks.items[0].bits, 0);
	assert_int_equal(all.limits.message.value, 512);
	assert_int_equal(all.limits.timeout.value, 5400);
}

static void
reads_lists_of_groups_each_with_its_defaults(void **state)
{
	struct all all = read_good(
	    "users = ( { name = \"x\"; }, { name = \"y\"; reply = 5; members = "
	    "( \"a\" ); limits: { timeout = \"1s\"; }; } );");
	const struct user *users = all.users.items;

	(void)state;
	assert_int_equal(all.users.n, 2);
	assert_true(vb_str_eq(users[0].name, VB_STR("x")));
	assert_int_equal(users[0].reply, 251);
	assert_int_equal(users[0].members.n, 0);
	assert_int_equal(users[0].limits.timeout.value, 300);
	assert_true(vb_str_eq(users[1].name, VB_STR("y")));
	assert_int_equal(users[1].reply, 5);
	assert_int_equal(users[1].members.n, 1);
	assert_int_equal(users[1].limits.timeout.value, 1);
	assert_int_equal(users[1].limits.message.value, 25 << 20);
	assert_int_equal(read_good("users = [ ];").users.n, 0);
	assert_int_equal(read_good("users = ( );").users.n, 0);
}

static void
leaves_what_is_not_named_and_adds_to_what_adds_up(void **state)
{
	struct all all = read_good(
	    "number = 3; names = [ \"x\" ]; verbs = [ \"VRFY\", \"EXPN\" ];\n"
	    "more = ( { name = \"x\"; } ); limits: { message = \"1k\"; };");

	(void)state;
	options_read(
	    &now.reader, "", all_options, NULL, conf_root(now.conf), &all);
	assert_problems(&now.problems, "");
	assert_true(all.flag);
	assert_int_equal(all.names.n, 1);
	assert_int_equal(all.verbs.n, 5);
	assert_true(vb_str_eq(all.verbs.items[0], VB_STR("HELO")));
	assert_true(vb_str_eq(all.verbs.items[4], VB_STR("EXPN")));
	assert_int_equal(all.more.n, 2);
	assert_int_equal(all.limits.message.value, 1024);
	assert_int_equal(all.limits.timeout.value, 300);
}

static void
keeps_the_old_value_where_the_new_is_wrong(void **state)
{
	struct all all = read_text(
	    "number = 999; disclose = 5; names = [ 1 ]; verbs = ( 1, \"x\" );"
	    "limits: { message = \"25X\"; };");

	(void)state;
	assert_int_equal(now.problems.n, 5);
	assert_int_equal(all.number, 17);
	assert_int_equal(all.disclose.value, 1);
	assert_int_equal(all.names.n, 2);
	assert_int_equal(all.verbs.n, 1);
	assert_int_equal(all.limits.message.value, 25 << 20);
}

static void
tells_a_wrong_type(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "flag = 1;", "a:1: m.flag: want true or false\n" },
		{ "flag = \"true\";", "a:1: m.flag: want true or false\n" },
		{ "number = \"1\";", "a:1: m.number: want a whole number\n" },
		{ "number = 1.0;", "a:1: m.number: want a whole number\n" },
		{ "text = 1;", "a:1: m.text: want a string\n" },
		{ "text = [ \"a\" ];", "a:1: m.text: want a string\n" },
		{ "disclose = true;",
		    "a:1: m.disclose: want none, local or full\n" },
		{ "file = 1;", "a:1: m.file: want a file name, in quotes\n" },
		{ "network = 10;", "a:1: m.network: want a network, such as "
				   "\"10.0.0.0/8\"\n" },
		{ "names = \"a\";",
		    "a:1: m.names: want a list of strings, [ \"...\", "
		    "\"...\" ]\n" },
		{ "names = { };",
		    "a:1: m.names: want a list of strings, [ \"...\", "
		    "\"...\" ]\n" },
		{ "names = ( \"a\",\n1,\n[ ] );",
		    "a:2: m.names: want a string\n"
		    "a:3: m.names: want a string\n" },
		{ "networks = 5;",
		    "a:1: m.networks: want a list of networks, [ "
		    "\"10.0.0.0/8\", \"::1\" ]\n" },
		{ "users = { };",
		    "a:1: m.users: want a list of groups, ( { ... }, { ... } "
		    ")\n" },
		{ "users = ( 1 );", "a:1: m.users: want a group, { ... }\n" },
		{ "limits = ( );", "a:1: m.limits: want a group, { ... }\n" },
		{ "limits: { message = 1.5;\n timeout = true; };",
		    "a:1: m.limits.message: want a size, such as \"25M\"\n"
		    "a:2: m.limits.timeout: want a time, such as \"30s\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_wrong(cases[i].text, cases[i].problem);
}

static void
tells_a_wrong_value(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "\nnumber = 9999;",
		    "a:2: m.number: 9999 is more than 256\n" },
		{ "number = -1;", "a:1: m.number: -1 is less than 0\n" },
		{ "number = 5000000000L;",
		    "a:1: m.number: 5000000000 is more than 256\n" },
		{ "disclose = \"all\";",
		    "a:1: m.disclose: want none, local or full\n" },
		{ "limits: { message = \"25X\"; };",
		    "a:1: m.limits.message: \"25X\" is not a size (such as "
		    "512, 64k, 25M, 1G)\n" },
		{ "limits: { timeout = 30; };",
		    "a:1: m.limits.timeout: 30 has no unit (write \"30s\", "
		    "\"5m\", \"1h\" or \"4d\")\n" },
		{ "limits: { timeout = 0; };",
		    "a:1: m.limits.timeout: 0 is less than 1s\n" },
		{ "networks = [ \"::1\",\n\"10.0.0.1/8\"\n];",
		    "a:2: m.networks: \"10.0.0.1/8\" has bits set behind its "
		    "prefix\n" },
		{ "users = ( { name = \"a\"; },\n{ name = \"a\"; reply = "
		  "1000; } );",
		    "a:2: m.users.reply: 1000 is more than 999\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_wrong(cases[i].text, cases[i].problem);
}

static void
asks_the_options_own_check(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "text = \"bad\";", "a:1: m.text: want a better text\n" },
		{ "text = \"good\";", "" },
		{ "names = [ \"a\", \"b\", \"c\", \"d\" ];",
		    "a:1: m.names: want three names at most\n" },
		{ "names = ( \"a\", \"b\", \"c\", 1 );",
		    "a:1: m.names: want a string\n" },
		{ "users = ( { name = \"bad\"; } );",
		    "a:1: m.users.name: want a better text\n" },
		{ "users = ( { name = \"a\"; },\n{ name = \"b\";\nreply = "
		  "550; members = [ \"c\" ]; } );",
		    "a:2: m.users: want no members\n" },
		{ "group: { message = 13; };",
		    "a:1: m.group: that brings bad luck\n" },
		{ "group: { message = 14; };", "" },
		{ "group: { message = 13; timeout = 1; };",
		    "a:1: m.group.timeout: 1 has no unit (write \"30s\", "
		    "\"5m\", \"1h\" or \"4d\")\n" },
		{ "group: { message = 13; zzz = 1; };",
		    "a:1: m.group: unknown setting \"zzz\"\n" },
	};
	struct vb_option group[] = {
		VB_GROUP(struct all, limits, limits_options, "Limits."),
		{ 0 },
	};

	(void)state;
	group[0].name = "group";
	group[0].check = check_limits;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct all all;
		bool is_group = cases[i].text[0] == 'g';

		open_text(cases[i].text);
		all = defaults();
		options_read(&now.reader, "m", is_group ? group : all_options,
		    NULL, conf_root(now.conf), &all);
		assert_problems(&now.problems, cases[i].problem);
	}
}

static void
tells_what_is_missing_in_an_item(void **state)
{
	(void)state;
	assert_wrong("users = (\n{ reply = 1; },\n{ name = \"a\"; },\n{ } );",
	    "a:2: m.users.name: is missing\n"
	    "a:4: m.users.name: is missing\n");
	assert_wrong(
	    "users = ( { name = 1; } );", "a:1: m.users.name: want a string\n");
}

static void
tells_an_unknown_setting_and_the_nearest(void **state)
{
	(void)state;
	assert_wrong("disclos = \"full\";\nlimits: {\nmesage = 1; };\n"
		     "users = ( { name = \"a\"; repyl = 1; } ); zzz = 1;",
	    "a:1: m: unknown setting \"disclos\"; did you mean \"disclose\"?\n"
	    "a:3: m.limits: unknown setting \"mesage\"; did you mean "
	    "\"message\"?\n"
	    "a:4: m.users: unknown setting \"repyl\"; did you mean "
	    "\"reply\"?\n"
	    "a:4: m: unknown setting \"zzz\"\n");
}

static void
passes_over_the_groups_of_others(void **state)
{
	static const char *const names[] = { "vrfy", "maildir" };
	const struct options_others others = { names, 2 };
	struct all all;

	(void)state;
	open_text("vrfy: { x = 1; }; maildir = 5; maildri: { };\n"
		  "limits: { vrfy = 1; };");
	all = defaults();
	options_read(
	    &now.reader, "", all_options, &others, conf_root(now.conf), &all);
	assert_problems(&now.problems,
	    "a:1: unknown setting \"maildri\"; did you mean \"maildir\"?\n"
	    "a:2: limits: unknown setting \"vrfy\"\n");
}

static void
tells_a_group_that_is_none(void **state)
{
	struct all all;

	(void)state;
	open_text("\nm = 5;");
	all = defaults();
	options_read(&now.reader, "m", all_options, NULL,
	    config_setting_get_member(conf_root(now.conf), "m"), &all);
	assert_problems(&now.problems, "a:2: m: want a group, { ... }\n");
}

static void
does_not_show_a_secret(void **state)
{
	static const struct vb_option inner[] = {
		VB_OPTION(
		    struct limits, message, "1", "Hush.", .is_secret = true),
		{ 0 },
	};
	static const struct vb_option options[] = {
		VB_GROUP(struct all, limits, inner, "Good."),
		VB_OPTION(struct all, networks, "", "Hush.", .is_secret = true),
		{ 0 },
	};
	struct all all;

	(void)state;
	open_text("limits: { message = \"swordfish\"; };\n"
		  "networks = [ \"swordfish\" ];");
	options_defaults(&now.reader, "module.so", options, &all);
	options_read(
	    &now.reader, "m", options, NULL, conf_root(now.conf), &all);
	assert_problems(&now.problems,
	    "a:1: m.limits.message: the value is not a size (such as 512, "
	    "64k, 25M, 1G)\n"
	    "a:2: m.networks: the value is not a network\n");
}

static void
tells_a_bad_default_as_a_fault_of_the_table(void **state)
{
	static const struct vb_option inner[] = {
		VB_OPTION(struct limits, message, "5X", "Bad."),
		VB_OPTION(
		    struct limits, timeout, "", "Good.", .is_required = true),
		{ 0 },
	};
	static const struct vb_option options[] = {
		VB_OPTION(struct all, number, "257", "Bad.", .max = 256),
		VB_OPTION(
		    struct all, disclose, "al", "Bad.", .choices = "all|none"),
		VB_OPTION(struct all, users, "", "Good.", .group = inner,
		    .item_size = sizeof(struct limits)),
		VB_GROUP(struct all, limits, inner, "Good."),
		{ 0 },
	};
	struct all all;

	(void)state;
	open_text("users = ( { timeout = \"1s\"; } );");
	options_defaults(&now.reader, "module.so", options, &all);
	options_read(
	    &now.reader, "m", options, NULL, conf_root(now.conf), &all);
	assert_problems(&now.problems,
	    "module.so: number: the default: 257 is more than 256\n"
	    "module.so: disclose: the default: want all or none\n"
	    "module.so: users.message: the default: \"5X\" is not a size "
	    "(such as 512, 64k, 25M, 1G)\n"
	    "module.so: limits.message: the default: \"5X\" is not a size "
	    "(such as 512, 64k, 25M, 1G)\n");
}

/* As in a module built against a newer header. */
static void
steps_by_the_size_of_a_row(void **state)
{
	struct wide {
		struct vb_option row;
		int what_came_later[7];
	} rows[3] = { 0 };
	struct all all = { 0 };

	(void)state;
	rows[0].row = all_options[0];
	rows[1].row = all_options[1];
	rows[0].row.size = rows[1].row.size = sizeof(struct wide);
	open_text("number = 5; numbr = 6;");
	options_defaults(&now.reader, "module.so", &rows[0].row, &all);
	assert_true(all.flag);
	assert_int_equal(all.number, 17);
	options_read(
	    &now.reader, "m", &rows[0].row, NULL, conf_root(now.conf), &all);
	assert_int_equal(all.number, 5);
	assert_problems(&now.problems,
	    "a:1: m: unknown setting \"numbr\"; did you mean \"number\"?\n");
}

static int
leave(void **state)
{
	forget();
	return remove_directory(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_every_field_to_its_default),
		cmocka_unit_test(reads_every_type),
		cmocka_unit_test(reads_lists_of_groups_each_with_its_defaults),
		cmocka_unit_test(
		    leaves_what_is_not_named_and_adds_to_what_adds_up),
		cmocka_unit_test(keeps_the_old_value_where_the_new_is_wrong),
		cmocka_unit_test(tells_a_wrong_type),
		cmocka_unit_test(tells_a_wrong_value),
		cmocka_unit_test(asks_the_options_own_check),
		cmocka_unit_test(tells_what_is_missing_in_an_item),
		cmocka_unit_test(tells_an_unknown_setting_and_the_nearest),
		cmocka_unit_test(passes_over_the_groups_of_others),
		cmocka_unit_test(tells_a_group_that_is_none),
		cmocka_unit_test(does_not_show_a_secret),
		cmocka_unit_test(tells_a_bad_default_as_a_fault_of_the_table),
		cmocka_unit_test(steps_by_the_size_of_a_row),
	};

	return cmocka_run_group_tests_name(
	    "options", tests, enter_new_directory, leave);
}
