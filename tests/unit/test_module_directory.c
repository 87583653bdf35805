/* The directory: who is found by what, and what is told of him. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "fake.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A row of one of the directory's lists, its fields as "name=value;...". */
static const char *const users[] = {
	"name=crispin;full_name=Mark Crispin;mailbox=Admin.MRC@lab.test",
	"name=smith;full_name=Fred Smith",
	"name=jsmith;full_name=John  \"Jack\" Smith",
	"name=fred;full_name=Smith",
	"name=Anon",
};

#define PEOPLE                                                               \
	"name=Example-People;members=crispin|smith@lab.test|<joe@foo.test>|" \
	"\"Fonebone, <F>\" <Fonebone@isiq.test>|Sam Q. <@a.test,@b:c@d>|SMITH"

static const char *const lists[] = {
	PEOPLE,
	"name=inner;members=smith|crispin",
	"name=empty;members=",
};

static const char *const forwards[] = {
	"from=fred@lab.test;to=Jones@isi.test",
	"from=jones@lab.test;to=Jones@isiq.test;reply=551",
};

static const struct vb_option *
row_named(const struct vb_option *row, struct vb_str name)
{
	while (row->name != NULL && !vb_str_eq(vb_str(row->name), name))
		row++;
	assert_non_null(row->name);
	return row;
}

static const struct vb_option *
rows_of(const char *list)
{
	return row_named(vb_module.module->options, vb_str(list))->group;
}

static const struct vb_option *
field_of(const char *list, const char *name)
{
	return row_named(rows_of(list), vb_str(name));
}

/* Takes what stands before a sign, or all, off a text. */
static struct vb_str
take(const char **text, const char *sign)
{
	struct vb_str taken = { *text, strcspn(*text, sign) };

	*text += taken.n;
	*text += **text != '\0';
	return taken;
}

static struct vb_strings
members(struct fake_memory *m, struct vb_str value)
{
	struct vb_str *items = fake_alloc(m, 16 * sizeof(*items));
	const char *text = value.p;
	size_t n = 0;

	while (text < value.p + value.n)
		items[n++] = take(&text, "|;");
	return (struct vb_strings){ items, n };
}

static void
set(struct fake_memory *m, const struct vb_option *row, char *item,
    struct vb_str value)
{
	void *field = item + row->offset;

	if (row->type == VB_OPTION_STRINGS)
		*(struct vb_strings *)field = members(m, value);
	else if (row->type == VB_OPTION_INT)
		*(int *)field = atoi(value.p);
	else
		*(struct vb_str *)field = value;
}

static void
fill(struct fake_memory *m, const struct vb_option *rows, char *item,
    const char *text)
{
	struct vb_str name;

	for (const struct vb_option *r = rows; r->name != NULL; r++)
		set(m, r, item, vb_str(r->initial));
	while (*text != '\0') {
		name = take(&text, "=");
		set(m, row_named(rows, name), item, take(&text, ";"));
	}
}

static void
fill_list(struct fake_memory *m, void *conf, const char *name,
    const char *const *texts)
{
	const size_t size =
	    row_named(vb_module.module->options, vb_str(name))->item_size;
	char *items = fake_alloc(m, 8 * size);
	size_t n;

	for (n = 0; n < 8 && texts[n] != NULL; n++)
		fill(m, rows_of(name), items + n * size, texts[n]);
	*(struct vb_list *)fake_field(
	    conf, name) = (struct vb_list){ items, n };
}

/* What was found, one line each: "kind match user home full_name mailbox". */
static char told[2048];

static void
tell(const struct vb_found *found, size_t n, const char *before)
{
	static const char *const kinds[] = {
		[VB_MAILBOX] = "mailbox",
		[VB_LIST] = "list",
		[VB_FORWARD] = "forward",
		[VB_RELAY] = "relay",
	};
	size_t at;

	for (size_t i = 0; i < n; i++) {
		at = strlen(told);
		snprintf(told + at, sizeof(told) - at,
		    "%s%s %d \"%.*s\" \"%.*s\" <%.*s> %d%s\n", before,
		    kinds[found[i].kind], (int)found[i].match,
		    VB_FMT(found[i].user), VB_FMT(found[i].full_name),
		    VB_FMT(found[i].mailbox), found[i].reply,
		    found[i].reaches_all ? " all" : "");
		assert_int_equal(found[i].home.n, 0);
		tell(found[i].items, found[i].n_items, "\t");
	}
}

static enum vb_known
find(const char *name, const char *domain, bool by_text)
{
	struct fake_query q = {
		.q.name = vb_str(name),
		.q.domain = vb_str(domain),
		.q.by_text = by_text,
	};
	void *conf;
	enum vb_known known;

	conf = fake_conf(&q.memory);
	fill_list(&q.memory, conf, "users",
	    (const char *const[8]){
		users[0], users[1], users[2], users[3], users[4] });
	fill_list(&q.memory, conf, "lists",
	    (const char *const[8]){ lists[0], lists[1], lists[2] });
	fill_list(&q.memory, conf, "forwards",
	    (const char *const[8]){ forwards[0], forwards[1] });
	known = fake_find(&q, conf);
	told[0] = '\0';
	tell(q.found, q.n, "");
	fake_forget(&q.memory);
	return known;
}

#define CRISPIN(by) \
	"mailbox " #by " \"crispin\" \"Mark Crispin\" <Admin.MRC@lab.test> 0\n"
#define SMITH(by)  "mailbox " #by " \"smith\" \"Fred Smith\" <> 0\n"
#define JSMITH(by) "mailbox " #by " \"jsmith\" \"John  \"Jack\" Smith\" <> 0\n"
#define FRED(by)   "mailbox " #by " \"fred\" \"Smith\" <> 0\n"
#define GONE       "forward 0 \"\" \"\" <Jones@isi.test> 251\n"

struct asked {
	const char *name, *domain;
	enum vb_known known;
	const char *told;
};

static void
check(const struct asked *cases, size_t n, bool by_text)
{
	enum vb_known known;

	for (size_t i = 0; i < n; i++) {
		known = find(cases[i].name, cases[i].domain, by_text);
		assert_string_equal(told, cases[i].told);
		assert_int_equal(known, cases[i].known);
	}
}

static void
finds_a_recipient_by_name_or_mailbox_only(void **state)
{
	static const struct asked cases[] = {
		{ "crispin", "lab.test", VB_KNOWN, CRISPIN(0) },
		{ "crispin", "localhost", VB_KNOWN, CRISPIN(0) },
		{ "CRISPIN", "lab.test", VB_KNOWN, CRISPIN(0) },
		{ "Admin.MRC", "lab.test", VB_KNOWN, CRISPIN(0) },
		{ "admin.mrc", "lab.test", VB_KNOWN, CRISPIN(0) },
		{ "admin.mrc", "localhost", VB_UNKNOWN, "" },
		{ "anon", "lab.test", VB_KNOWN,
		    "mailbox 0 \"Anon\" \"\" <> 0\n" },
		{ "Mark Crispin", "lab.test", VB_UNKNOWN, "" },
		{ "crispi", "lab.test", VB_UNKNOWN, "" },
		{ "crispin@lab.test", "lab.test", VB_UNKNOWN, "" },
		{ "", "lab.test", VB_UNKNOWN, "" },
	};

	(void)state;
	check(cases, COUNT(cases), false);
}

static void
finds_a_text_by_full_name_and_surname_too(void **state)
{
	static const struct asked cases[] = {
		{ "Mark Crispin", "lab.test", VB_UNKNOWN, CRISPIN(1) },
		{ "\tmark   CRISPIN ", "lab.test", VB_UNKNOWN, CRISPIN(1) },
		{ "\"Mark Crispin\"", "lab.test", VB_UNKNOWN, CRISPIN(1) },
		{ "M\"ark\" Crispin", "lab.test", VB_UNKNOWN, CRISPIN(1) },
		{ "John Jack Smith", "lab.test", VB_UNKNOWN, JSMITH(1) },
		{ "MarkCrispin", "lab.test", VB_UNKNOWN, "" },
		{ "Mark", "lab.test", VB_UNKNOWN, "" },
		{ "rispin", "lab.test", VB_UNKNOWN, "" },
		{ "", "lab.test", VB_UNKNOWN, "" },
		{ "\"\"", "lab.test", VB_UNKNOWN, "" },
		{ "crispin@lab.test", "lab.test", VB_KNOWN, CRISPIN(0) },
		{ "Admin.MRC@LAB.test", "lab.test", VB_KNOWN, CRISPIN(0) },
		{ "crispin@else.test", "lab.test", VB_UNKNOWN, "" },
		{ "@lab.test", "lab.test", VB_UNKNOWN, "" },
	};

	(void)state;
	check(cases, COUNT(cases), true);
}

static void
reports_every_match_of_every_level(void **state)
{
	static const struct asked cases[] = {
		{ "Smith", "lab.test", VB_KNOWN, SMITH(0) JSMITH(2) FRED(1) },
		{ "Fred", "lab.test", VB_KNOWN, FRED(0) GONE },
	};

	(void)state;
	check(cases, COUNT(cases), true);
}

static void
tells_where_somebody_has_gone(void **state)
{
	static const struct asked cases[] = {
		{ "Jones", "lab.test", VB_KNOWN,
		    "forward 0 \"\" \"\" <Jones@isiq.test> 551\n" },
		{ "jones", "localhost", VB_UNKNOWN, "" },
		{ "fred", "lab.test", VB_KNOWN, FRED(0) GONE },
	};

	(void)state;
	check(cases, COUNT(cases), false);
	check(cases, COUNT(cases), true);
}

static void
takes_the_members_of_a_list_apart(void **state)
{
	static const struct asked cases[] = {
		{ "example-people", "lab.test", VB_KNOWN,
		    "list 0 \"Example-People\" \"\" <> 0\n"
		    "\t" CRISPIN(
			0) "\trelay 0 \"\" \"\" <smith@lab.test> 0\n"
			   "\trelay 0 \"\" \"\" <joe@foo.test> 0\n"
			   "\trelay 0 \"\" \"Fonebone, <F>\" <Fonebone@isiq.test> 0\n"
			   "\trelay 0 \"\" \"Sam Q.\" <@a.test,@b:c@d> 0\n"
			   "\t" SMITH(0) },
		{ "inner", "localhost", VB_KNOWN,
		    "list 0 \"inner\" \"\" <> 0 all\n"
		    "\t" SMITH(0) "\t" CRISPIN(0) },
		{ "empty", "lab.test", VB_KNOWN,
		    "list 0 \"empty\" \"\" <> 0 all\n" },
	};

	(void)state;
	check(cases, COUNT(cases), false);
	check(cases, COUNT(cases), true);
}

static void
refuses_rows_that_cannot_work(void **state)
{
	static const struct {
		const char *list, *field, *value;
		bool is_good;
	} cases[] = {
		{ "users", "name", "crispin", true },
		{ "users", "name", "", false },
		{ "users", "name", ".ssh", false },
		{ "users", "name", "a/b", false },
		{ "lists", "name", "a.b", true },
		{ "lists", "name", "../x", false },
		{ "lists", "members", "a|b@c", true },
		{ "lists", "members", "a||b", false },
		{ "users", "mailbox", "a@b", true },
		{ "users", "mailbox", "a", false },
		{ "forwards", "from", "a@b@c", true },
		{ "forwards", "from", "fred", false },
		{ "forwards", "from", "@lab.test", false },
		{ "forwards", "from", "fred@", false },
		{ "forwards", "to", "a@b", true },
		{ "forwards", "to", "", false },
		{ "forwards", "reply", "251", true },
		{ "forwards", "reply", "551", true },
		{ "forwards", "reply", "250", false },
	};
	struct fake_memory m = { 0 };
	max_align_t item[16];
	const struct vb_option *row;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		row = field_of(cases[i].list, cases[i].field);
		set(&m, row, (char *)item, vb_str(cases[i].value));
		if ((row->check((char *)item + row->offset) == NULL) !=
		    cases[i].is_good)
			fail_msg("%s.%s = \"%s\"", cases[i].list,
			    cases[i].field, cases[i].value);
	}
	fake_forget(&m);
}

static void
wants_names_and_addresses_and_hides_passwords(void **state)
{
	(void)state;
	assert_true(field_of("users", "name")->is_required);
	assert_true(field_of("lists", "name")->is_required);
	assert_true(field_of("forwards", "from")->is_required);
	assert_true(field_of("forwards", "to")->is_required);
	assert_true(field_of("users", "password")->is_secret);
}

static void
answers_without_blocking(void **state)
{
	(void)state;
	assert_false(vb_module.module->lookup->blocks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_recipient_by_name_or_mailbox_only),
		cmocka_unit_test(finds_a_text_by_full_name_and_surname_too),
		cmocka_unit_test(reports_every_match_of_every_level),
		cmocka_unit_test(tells_where_somebody_has_gone),
		cmocka_unit_test(takes_the_members_of_a_list_apart),
		cmocka_unit_test(refuses_rows_that_cannot_work),
		cmocka_unit_test(wants_names_and_addresses_and_hides_passwords),
		cmocka_unit_test(answers_without_blocking),
	};

	fake_use();
	return cmocka_run_group_tests_name("directory", tests, NULL, NULL);
}
