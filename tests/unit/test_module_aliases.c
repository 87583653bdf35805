/* Aliases: what a file says, who is found, and what a broken file does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake.h"

static char *root;
static char said[4096]; /* what the last lookup logged */

static const char *
path_of(const char *name)
{
	static char path[16][256];
	static int last;

	last = (last + 1) % 16;
	snprintf(path[last], sizeof(path[last]), "%s/%s", root, name);
	return path[last];
}

/* A file's time tells that it has changed; ours may change more often. */
static void
write_file(const char *name, const char *text)
{
	static struct timespec times[2];
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	times[1].tv_sec++;
	assert_int_equal(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
	assert_int_equal(chmod(path_of(name), 0644), 0);
}

/* Where one has moved to, "251 joe@c.test"; the members: "<a@b> Joe <c@d>
 * \smith -", a "-" for what is none. */
static void
print_members(const struct vb_found *list, char *to, size_t size)
{
	size_t n = 0;

	*to = '\0';
	if (list->kind == VB_FORWARD)
		snprintf(
		    to, size, "%d %.*s", list->reply, VB_FMT(list->mailbox));
	if (list->is_private)
		n = (size_t)snprintf(to, size, "private ");
	for (size_t i = 0; i < list->n_items; i++) {
		const struct vb_found *m = &list->items[i];

		n += (size_t)snprintf(to + n, size - n, "%s%s%.*s%s%.*s",
		    i > 0 ? "," : "", m->kind == VB_NOBODY ? "-" : "",
		    VB_FMT(m->full_name), m->is_final ? "\\" : "<",
		    VB_FMT(m->mailbox));
	}
}

/* Looks somebody up in the files; what is found, or how it went. */
static const char *
find_with(const char *name, bool by_text, const char *files, const char *reply)
{
	static char text[4096];
	struct fake_query q = { .q = { .name = vb_str(name),
				    .domain = VB_STR("lab.test"),
				    .by_text = by_text } };
	void *conf = fake_conf(&q.memory);
	enum vb_known known;

	fake_use();
	fake_set(&q.memory, conf, "files", files);
	fake_set(&q.memory, conf, "reply", reply);
	known = fake_find(&q, conf);
	snprintf(said, sizeof(said), "%s", q.logged);
	snprintf(text, sizeof(text), "%s",
	    known == VB_UNSURE ? "unsure" : "unknown");
	assert_int_equal(q.n, known == VB_KNOWN ? 1 : 0);
	if (known == VB_KNOWN)
		print_members(&q.found[0], text, sizeof(text));
	fake_forget(&q.memory);
	return text;
}

static const char *
find_as(const char *name, bool by_text, const char *files)
{
	return find_with(name, by_text, files, "250");
}

static const char *
find(const char *name)
{
	return find_as(name, false, path_of("aliases"));
}

static void
finds_what_aliases_of_all_forms_stand_for(void **state)
{
	static const struct {
		const char *name, *members;
	} cases[] = {
		{ "postmaster", "<smith" },
		{ "POSTMASTER", "<smith" },
		{ "people", "<smith,Joe Foo<joe@foo.test,<sam@foo.test" },
		{ "smith", "\\smith,<backup@foo.test" },
		{ "jones", "\\jones,\\Jones,<jones@else.test" },
		{ "own", "\\own@lab.test" },
		{ "long", "<a,<b,<c,<d" },
		{ "first last", "<x" },
		{ "quoted", "<\"joe smith\",<\"a,b\"@c.test,Foo, Joe<joe@f" },
		{ "commented", "<x,<y" },
		{ "program", "-<" },
		{ "mixed", "-<,<smith,-<" },
		{ "owner-people", "private <jsmith" },
		{ "included", "<before,<one,<two@b.test,Three<three,<four,"
			      "<five,<after" },
		{ "nobody", "unknown" },
		{ "", "unknown" },
		{ "#no", "unknown" },
	};

	(void)state;
	write_file("more", "four,\n five\n");
	write_file("list", "# who is on it\none\ntwo@b.test, Three <three>\n\n"
			   "  # more\n:include:");
	{
		FILE *f = fopen(path_of("list"), "a");

		fprintf(f, "%s\n", path_of("more"));
		fclose(f);
	}
	write_file("aliases",
	    "# a comment\n"
	    "\n"
	    "postmaster: smith\n"
	    "People:\tsmith, Joe Foo <joe@foo.test> ,\r\n"
	    "\tsam@foo.test\r\n"
	    "smith: \\smith, backup@foo.test\n"
	    "jones: jones, \\Jones, jones@else.test\n"
	    "own: own@lab.test\n"
	    "long: a,\n"
	    "  b,\n"
	    "# a comment between\n"
	    "\n"
	    "  # and another, which is none of it\n"
	    "\tc,,\n"
	    " d\n"
	    "\"first last\": x\n"
	    "quoted: \"joe smith\", \"a,b\"@c.test, \"Foo, Joe\" <joe@f>\n"
	    "commented: x (that, is x), y (too)\n"
	    "#no: x\n"
	    "program: \"|/bin/prog -x, y\"\n"
	    "mixed: |/bin/prog, smith, \"/var/mail/a file\"\n"
	    "owner-people: jsmith\n"
	    "included: before, :include:");
	{
		FILE *f = fopen(path_of("aliases"), "a");

		fprintf(f, "%s, after", path_of("list"));
		fclose(f);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(find(cases[i].name), cases[i].members) != 0)
			fail_msg("%s: %s, not %s", cases[i].name,
			    find(cases[i].name), cases[i].members);
		assert_string_equal(said, "");
	}
}

static void
tells_of_those_who_have_moved_when_told_to(void **state)
{
	static const struct {
		const char *name, *silent, *told;
	} cases[] = {
		{ "away", "<joe@far.test", "251 joe@far.test" },
		{ "named", "Joe<joe@far.test", "251 joe@far.test" },
		{ "here", "<smith", "<smith" },
		{ "here-too", "<smith@lab.test", "<smith@lab.test" },
		{ "both", "<joe@far.test,<smith", "<joe@far.test,<smith" },
		{ "last", "\\joe@far.test", "\\joe@far.test" },
		{ "owner-list", "private <joe@far.test",
		    "private <joe@far.test" },
		{ "program", "-<", "-<" },
	};

	(void)state;
	write_file("aliases", "away: joe@far.test\n"
			      "named: Joe <joe@far.test>\n"
			      "here: smith\n"
			      "here-too: smith@lab.test\n"
			      "both: joe@far.test, smith\n"
			      "last: \\joe@far.test\n"
			      "owner-list: joe@far.test\n"
			      "program: \"|/bin/prog\"\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(find(cases[i].name), cases[i].silent);
		assert_string_equal(
		    find_with(cases[i].name, false, path_of("aliases"), "251"),
		    cases[i].told);
	}
}

static void
what_a_person_typed_is_a_name_or_an_address(void **state)
{
	(void)state;
	write_file("aliases", "people: smith\n");
	assert_string_equal(
	    find_as("People", true, path_of("aliases")), "<smith");
	assert_string_equal(
	    find_as("people@lab.test", true, path_of("aliases")), "<smith");
	assert_string_equal(
	    find_as("people@else.test", true, path_of("aliases")), "unknown");
}

static void
reads_a_file_again_when_it_has_changed(void **state)
{
	(void)state;
	write_file("aliases", "a: x\n");
	assert_string_equal(find("a"), "<x");
	write_file("aliases", "a: y\n");
	assert_string_equal(find("a"), "<y");
	write_file("aliases", "b: y\n");
	assert_string_equal(find("a"), "unknown");
}

/* The text before the name of the file is the event. */
static void
assert_told(const char *line)
{
	char want[512];

	snprintf(
	    want, sizeof(want), "bad-alias %s:%s", path_of("aliases"), line);
	if (strstr(said, want) == NULL)
		fail_msg("not \"%s\" in:\n%s", want, said);
}

static void
a_slip_makes_a_name_unsure_and_is_told_once_with_its_line(void **state)
{
	(void)state;
	write_file("aliases", "good: x\n"
			      "empty:\n"
			      "a@b: x\n"
			      "special: :fail: no\n"
			      "open: \"x\n"
			      "words: two words\n"
			      "far: :include:list\n"
			      "twice: x\n"
			      "Twice: y\n");
	assert_string_equal(find("good"), "<x");
	assert_told("2: empty: has no members\n");
	assert_told("3: a@b: want a local name, without \"@\"\n");
	assert_told("4: special: has a member that is no address\n");
	assert_told("5: open: has a member that is no address\n");
	assert_told("6: words: has a member that is no address\n");
	assert_told("7: far: includes a file whose path does not begin with "
		    "\"/\"\n");
	assert_told("8: twice: is there twice\n");
	assert_told("9: Twice: is there twice\n");
	assert_string_equal(find("good"), "<x");
	assert_string_equal(said, "");
	assert_string_equal(find("empty"), "unsure");
	assert_string_equal(find("special"), "unsure");
	assert_string_equal(find("open"), "unsure");
	assert_string_equal(find("words"), "unsure");
	assert_string_equal(find("far"), "unsure");
	assert_string_equal(find("twice"), "unsure");
	assert_string_equal(find("nobody"), "unknown");
}

static void
an_entry_without_a_name_makes_all_unsure_that_are_not_found(void **state)
{
	static const char *const texts[] = {
		"good: x\nno colon here\n",
		"good: x\n: x\n",
		"  begins: with a blank\ngood: x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("aliases", texts[i]);
		assert_string_equal(find("good"), "<x");
		assert_string_equal(find("nobody"), "unsure");
	}
	assert_string_equal(said, "");
}

static void
a_file_that_cannot_be_read_makes_all_unsure(void **state)
{
	char want[512];

	(void)state;
	snprintf(want, sizeof(want),
	    "bad-aliases %s: No such file or directory\n", path_of("none"));
	assert_string_equal(find_as("smith", false, path_of("none")), "unsure");
	assert_string_equal(said, want);
	assert_string_equal(find_as("smith", false, path_of("none")), "unsure");
	assert_string_equal(said, "");
	write_file("none", "smith: x\n");
	assert_string_equal(find_as("smith", false, path_of("none")), "<x");
	chmod(path_of("none"), 0666);
	assert_string_equal(find_as("smith", false, path_of("none")), "unsure");
	assert_non_null(strstr(said, "may be written by everyone"));
	assert_string_equal(find_as("smith", false, "/dev/zero"), "unsure");
	assert_non_null(strstr(said, "is not a plain file"));
}

static void
an_include_that_cannot_be_read_makes_its_alias_unsure(void **state)
{
	char want[512];

	(void)state;
	write_file("aliases", "list: x, :include:/nonexistent/list\ngood: x\n");
	assert_string_equal(find("list"), "unsure");
	snprintf(want, sizeof(want),
	    "bad-alias name=list %s:1: /nonexistent/list: No such file or "
	    "directory\n",
	    path_of("aliases"));
	assert_string_equal(said, want);
	assert_string_equal(find("good"), "<x");
}

static void
a_file_that_includes_itself_ends(void **state)
{
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), "x\n:include:%s\n", path_of("self"));
	write_file("self", text);
	snprintf(text, sizeof(text), "list: :include:%s\n", path_of("self"));
	write_file("aliases", text);
	assert_string_equal(find("list"), "unsure");
	snprintf(text, sizeof(text),
	    "bad-alias name=list %s:2: %s: includes itself\n", path_of("self"),
	    path_of("self"));
	assert_string_equal(said, text);
}

static void
aliases_that_lead_to_nobody_are_unsure(void **state)
{
	static const struct {
		const char *name, *members;
	} cases[] = {
		{ "a", "unsure" },
		{ "b", "unsure" },
		{ "into", "unsure" },
		{ "self", "\\self" },
		{ "out", "<round,<x" },
		{ "round", "<Out" },
		{ "final", "\\way" },
		{ "way", "<final" },
		{ "there", "<back" },
		{ "back", "<there@lab.test" },
	};

	(void)state;
	write_file("aliases", "a: b\nb: A, into\ninto: a\nself: self\n"
			      "out: round, x\nround: Out\nfinal: \\way\n"
			      "way: final\nthere: back\n"
			      "back: there@lab.test\n");
	assert_string_equal(find("a"), "unsure");
	assert_told("1: a: leads to nobody, in a circle\n");
	assert_told("2: b: leads to nobody, in a circle\n");
	assert_told("3: into: leads to nobody, in a circle\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(find(cases[i].name), cases[i].members);
}

static void
the_first_file_that_has_the_name_decides(void **state)
{
	char both[600];

	(void)state;
	write_file("aliases", "a: x\n");
	write_file("second", "a: y\nb: z\n");
	snprintf(
	    both, sizeof(both), "%s %s", path_of("aliases"), path_of("second"));
	assert_string_equal(find_as("a", false, both), "<x");
	assert_string_equal(find_as("b", false, both), "<z");
	assert_string_equal(find_as("c", false, both), "unknown");
}

/* What the check of the files tells. */
static const char *
check(const char *files)
{
	static struct vb_check c;
	struct fake_memory memory = { 0 };
	void *conf = fake_conf(&memory);

	fake_use();
	fake_set(&memory, conf, "files", files);
	fake_check(&c, conf);
	fake_forget(&memory);
	return c.told;
}

static void
write_printf(const char *name, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_file(name, text);
}

static void
a_check_tells_all_that_is_wrong_in_the_order_of_the_lines(void **state)
{
	char want[2048];
	const char *p = path_of("aliases"), *list = path_of("list");

	(void)state;
	write_file("more", "four\n");
	write_printf("list",
	    "one\n\ntwo words, three\n:include:/none\n"
	    ":include:%s\n:include:%s\n",
	    path_of("more"), list);
	write_printf("aliases",
	    "zeta:\nno colon\ngood: x, :include:%s\n"
	    "list: x,\n  :include:%s,\n  :include:/none/two\n"
	    "again: :include:%s\nalpha: two words\na: b\nb: a\n",
	    path_of("more"), list, list);
	snprintf(want, sizeof(want),
	    "%s:1: zeta: has no members\n"
	    "%s:2: want \"name: members\"\n"
	    "%s:8: alpha: has a member that is no address\n"
	    "%s:9: a: leads to nobody, in a circle\n"
	    "%s:10: b: leads to nobody, in a circle\n"
	    "%s:3: has a member that is no address\n"
	    "%s:4: /none: No such file or directory\n"
	    "%s:6: %s: includes itself\n"
	    "%s:6: list: /none/two: No such file or directory\n",
	    p, p, p, p, p, list, list, list, list, p);
	/* The core tells the same of the same place once, the fake does not. */
	assert_memory_equal(check(p), want, strlen(want));
}

static void
a_check_says_nothing_of_what_is_good(void **state)
{
	(void)state;
	write_file("more", "four\n");
	write_printf(
	    "aliases", "a: x, :include:%s\nb: |/bin/prog\n", path_of("more"));
	assert_string_equal(check(path_of("aliases")), "");
}

static void
a_check_tells_of_every_file_that_cannot_be_read(void **state)
{
	char both[600], want[2048];

	(void)state;
	write_file("open", "a: x\n");
	chmod(path_of("open"), 0666);
	snprintf(both, sizeof(both), "%s %s", path_of("gone"), path_of("open"));
	snprintf(want, sizeof(want),
	    "%s: No such file or directory\n%s: may be written by everyone\n",
	    path_of("gone"), path_of("open"));
	assert_string_equal(check(both), want);
}

/* Runs where /etc is what we make it. Whether all was well. */
static bool
is_well_in_a_root_of_its_own(bool (*look)(void))
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		if (chroot(root) != 0 || chdir("/") != 0)
			_exit(2);
		_exit(look() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static bool
is_absent_and_then_there(void)
{
	const char *files = "/etc/aliases";
	FILE *f;

	if (strcmp(check(files), "") != 0 ||
	    strcmp(find_as("a", false, files), "unknown") != 0 || *said != '\0')
		return false;
	if (mkdir("/etc", 0755) != 0 || (f = fopen(files, "w")) == NULL)
		return false;
	fputs("a: x\nbad:\n", f);
	fclose(f);
	if (strcmp(check(files), "/etc/aliases:2: bad: has no members\n") != 0)
		return false;
	return strcmp(find_as("a", false, files), "<x") == 0 &&
	       strcmp(find_as("bad", false, files), "unsure") == 0 &&
	       unlink(files) == 0 &&
	       strcmp(find_as("a", false, files), "unknown") == 0 &&
	       strcmp(check("/etc/others"),
		   "/etc/others: No such file or directory\n") == 0;
}

static void
the_system_s_file_need_not_be_there(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_true(is_well_in_a_root_of_its_own(is_absent_and_then_there));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_aliases_of_all_forms_stand_for),
		cmocka_unit_test(tells_of_those_who_have_moved_when_told_to),
		cmocka_unit_test(what_a_person_typed_is_a_name_or_an_address),
		cmocka_unit_test(reads_a_file_again_when_it_has_changed),
		cmocka_unit_test(
		    a_slip_makes_a_name_unsure_and_is_told_once_with_its_line),
		cmocka_unit_test(
		    an_entry_without_a_name_makes_all_unsure_that_are_not_found),
		cmocka_unit_test(a_file_that_cannot_be_read_makes_all_unsure),
		cmocka_unit_test(
		    an_include_that_cannot_be_read_makes_its_alias_unsure),
		cmocka_unit_test(a_file_that_includes_itself_ends),
		cmocka_unit_test(aliases_that_lead_to_nobody_are_unsure),
		cmocka_unit_test(the_first_file_that_has_the_name_decides),
		cmocka_unit_test(
		    a_check_tells_all_that_is_wrong_in_the_order_of_the_lines),
		cmocka_unit_test(a_check_says_nothing_of_what_is_good),
		cmocka_unit_test(
		    a_check_tells_of_every_file_that_cannot_be_read),
		cmocka_unit_test(the_system_s_file_need_not_be_there),
	};
	int failed;

	root = fake_root_create();
	failed = cmocka_run_group_tests_name("aliases", tests, NULL, NULL);
	fake_root_remove(root);
	free(root);
	return failed;
}
