/* Modules that load, and all that can be wrong with those that do not. */
#include "core/module/loader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4 };

/* What is asked of the loader, and what came of it. */
struct loading {
	struct arena *arena;
	struct problems problems;
	struct modules modules;
};

static const struct vb_core core = {
	.size = sizeof(struct vb_core),
	.major = VB_MAJOR,
};

/* Loads modules that the lines 1, 2, ... of "conf" name. */
static struct loading
load(const char *const names[MOST])
{
	struct loading l = { .arena = arena_create() };
	struct module_name list[MOST];
	size_t n = 0;

	for (; n < MOST && names[n] != NULL; n++) {
		list[n].name = vb_str(names[n]);
		list[n].file = "conf";
		list[n].line = (int)n + 1;
	}
	l.modules = modules_load(list, n, ".", &core, l.arena, &l.problems);
	return l;
}

static void
finish(struct loading *l)
{
	problems_finish(&l->problems);
	arena_destroy(l->arena);
}

#define LOAD(...) load((const char *const[MOST]){ __VA_ARGS__ })

static void
assert_problem(const struct loading *l, size_t i, int line, const char *text)
{
	assert_true(i < l->problems.n);
	assert_string_equal(l->problems.items[i].file, "conf");
	assert_int_equal(l->problems.items[i].line, line);
	assert_string_equal(l->problems.items[i].text, text);
}

static void
loads_modules_in_their_order(void **state)
{
	struct loading l = LOAD("tattle", "good");
	const struct module *m;

	(void)state;
	assert_int_equal(l.problems.n, 0);
	assert_int_equal(l.modules.n, 2);
	assert_string_equal(l.modules.items[0].name, "tattle");
	m = &l.modules.items[1];
	assert_string_equal(m->name, "good");
	assert_string_equal(m->path, "./good.so");
	assert_string_equal(m->note.version, "1.2");
	assert_string_equal(m->file, "conf");
	assert_int_equal(m->line, 2);
	assert_int_equal(m->index, 1);
	assert_string_equal(m->is.about, "a toy");
	assert_string_equal(m->is.verbs[1].name, "X-TOY");
	assert_int_equal(m->is.verbs[2].size, 0);
	assert_int_equal(m->is.hooks[0].point, VB_AT_RCPT);
	assert_string_equal(m->is.options[2].group[0].name, "name");
	assert_non_null(m->is.lookup->find);
	finish(&l);
}

static const char *replied;

static enum vb_verdict
hear(struct vb_session *s, int code, const char *status, const char *fmt, ...)
{
	(void)s, (void)code, (void)status;
	replied = fmt;
	return VB_DONE;
}

static void
hands_each_module_the_functions_of_the_core(void **state)
{
	const struct vb_core own = { .size = sizeof(own), .reply = hear };
	const struct module_name name = { VB_STR("good"), "conf", 1 };
	struct arena *arena = arena_create();
	struct problems problems = { 0 };
	struct modules m = modules_load(&name, 1, ".", &own, arena, &problems);

	(void)state;
	assert_int_equal(m.n, 1);
	assert_int_equal(m.items[0].is.verbs[0].run(NULL, NULL, NULL), VB_DONE);
	assert_string_equal(replied, "Played");
	problems_finish(&problems);
	arena_destroy(arena);
}

static void
takes_a_path_for_what_has_a_slash(void **state)
{
	struct loading l = LOAD("../modules/good.so");

	(void)state;
	assert_int_equal(l.modules.n, 1);
	assert_string_equal(l.modules.items[0].name, "good");
	assert_string_equal(l.modules.items[0].path, "../modules/good.so");
	finish(&l);
}

/* "good.so" alone dlopen() would look for among the system's libraries. */
static void
never_searches_the_system_for_a_module(void **state)
{
	const struct module_name name = { VB_STR("good"), "conf", 1 };
	struct arena *arena = arena_create();
	struct problems problems = { 0 };
	struct modules m = modules_load(&name, 1, "", &core, arena, &problems);

	(void)state;
	assert_int_equal(m.n, 1);
	assert_string_equal(m.items[0].path, "./good.so");
	arena_destroy(arena);
}

static void
finds_a_module_by_its_name(void **state)
{
	struct loading l = LOAD("tattle", "good");

	(void)state;
	assert_ptr_equal(
	    modules_find(&l.modules, VB_STR("good")), &l.modules.items[1]);
	assert_null(modules_find(&l.modules, VB_STR("goo")));
	assert_null(modules_find(&l.modules, VB_STR("")));
	finish(&l);
}

static void
loads_nothing_when_nothing_is_named(void **state)
{
	struct loading l = LOAD(NULL);

	(void)state;
	assert_int_equal(l.modules.n, 0);
	assert_int_equal(l.problems.n, 0);
	finish(&l);
}

static void
tells_every_unfit_file_at_once(void **state)
{
	struct loading l = LOAD(
	    "no_note", "good", "./newer_minor.so", "nosuch");

	(void)state;
	assert_int_equal(l.modules.n, 0);
	assert_int_equal(l.problems.n, 3);
	assert_problem(
	    &l, 0, 1, "module \"no_note\" (./no_note.so): has no Verbena note");
	assert_problem(&l, 1, 3,
	    "module \"newer_minor\" (./newer_minor.so): "
	    "wants module interface 1.7; this is 1.0");
	assert_problem(&l, 2, 4,
	    "module \"nosuch\" (./nosuch.so): "
	    "cannot be read: No such file or directory");
	finish(&l);
}

/* Comes first of all tests: what is loaded stays. */
static void
runs_no_code_while_one_is_unfit(void **state)
{
	struct loading l;

	(void)state;
	l = LOAD("tattle", "other_major");
	assert_int_equal(l.modules.n, 0);
	assert_null(getenv("TATTLE"));
	finish(&l);
	l = LOAD("tattle");
	assert_int_equal(l.modules.n, 1);
	assert_string_equal(getenv("TATTLE"), "ran");
	finish(&l);
}

static void
loads_no_module_twice(void **state)
{
	struct loading l = LOAD("good", "tattle", "../modules/good.so");

	(void)state;
	assert_int_equal(l.modules.n, 0);
	assert_int_equal(l.problems.n, 1);
	assert_problem(&l, 0, 3,
	    "module \"good\" (../modules/good.so): "
	    "is loaded already, by conf:1");
	finish(&l);
}

static void
tells_what_the_linker_misses(void **state)
{
	struct loading l = LOAD("undefined", "no_export");

	(void)state;
	assert_int_equal(l.modules.n, 0);
	assert_int_equal(l.problems.n, 2);
	assert_problem(&l, 0, 1,
	    "module \"undefined\" (./undefined.so): cannot be loaded: "
	    "./undefined.so: undefined symbol: nobody_has_this");
	assert_problem(&l, 1, 2,
	    "module \"no_export\" (./no_export.so): "
	    "exports no vb_module: end it with VB_MODULE()");
	finish(&l);
}

static void
tells_what_is_wrong_in_the_tables(void **state)
{
	const char *const says[] = {
		"verbs, row 1 (LAME): has no .run",
		"hooks, row 1: has no .run",
		"options, row 1: has no name",
		"lookup: has no .find",
	};
	struct loading l = LOAD("good", "bad_tables");
	char text[128];

	(void)state;
	assert_int_equal(l.modules.n, 0);
	assert_int_equal(l.problems.n, 4);
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text),
		    "module \"bad_tables\" (./bad_tables.so): %s", says[i]);
		assert_problem(&l, i, 2, text);
	}
	finish(&l);
}

static void
gives_a_verb_to_one_module_only(void **state)
{
	struct loading l = LOAD("good", "twin");

	(void)state;
	assert_int_equal(l.modules.n, 0);
	assert_int_equal(l.problems.n, 1);
	assert_problem(&l, 0, 2,
	    "module \"twin\" (./twin.so): offers the verb TOY, "
	    "as module \"good\" (conf:1) does");
	finish(&l);
}

/* A configuration that is read again has told these problems before. */
static void
loads_nothing_when_the_problem_is_known(void **state)
{
	const struct module_name name = { VB_STR("no_note"), "conf", 1 };
	struct arena *arena = arena_create();
	struct problems problems = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct modules m = modules_load(
		    &name, 1, ".", &core, arena, &problems);

		assert_int_equal(m.n, 0);
		assert_int_equal(problems.n, 1);
	}
	problems_finish(&problems);
	arena_destroy(arena);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_no_code_while_one_is_unfit),
		cmocka_unit_test(loads_modules_in_their_order),
		cmocka_unit_test(hands_each_module_the_functions_of_the_core),
		cmocka_unit_test(takes_a_path_for_what_has_a_slash),
		cmocka_unit_test(never_searches_the_system_for_a_module),
		cmocka_unit_test(finds_a_module_by_its_name),
		cmocka_unit_test(loads_nothing_when_nothing_is_named),
		cmocka_unit_test(tells_every_unfit_file_at_once),
		cmocka_unit_test(loads_no_module_twice),
		cmocka_unit_test(tells_what_the_linker_misses),
		cmocka_unit_test(tells_what_is_wrong_in_the_tables),
		cmocka_unit_test(gives_a_verb_to_one_module_only),
		cmocka_unit_test(loads_nothing_when_the_problem_is_known),
	};

	/* The toys are built into modules/, beside this program. */
	(void)argc;
	if (chdir(dirname(argv[0])) != 0 || chdir("modules") != 0)
		return 1;
	return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
