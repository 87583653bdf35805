/* Tables of other sizes, as older and newer modules have them. */
#include "core/module/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* A module that is copied, and what came of it. */
struct copying {
	struct arena *arena;
	struct problems problems;
	struct module module;
	bool is_good;
};

static const struct vb_core *core;

static struct copying
copy_export(const struct vb_export *export)
{
	struct copying c = {
		.arena = arena_create(),
		.module = { .name = "toy",
		    .path = "toy.so",
		    .file = "conf",
		    .line = 3 },
	};
	struct faults faults = { &c.problems, 0 };

	c.is_good = tables_copy(export, &c.module, c.arena, &faults);
	assert_int_equal(c.is_good, c.problems.n == 0);
	return c;
}

static struct copying
copy(const struct vb_module *module)
{
	struct vb_export export = { sizeof(export), sizeof(*module), &core,
		module };

	return copy_export(&export);
}

static void
finish(struct copying *c)
{
	problems_finish(&c->problems);
	arena_destroy(c->arena);
}

static void
assert_says(struct copying *c, const char *says)
{
	const char before[] = "module \"toy\" (toy.so): ";

	assert_false(c->is_good);
	assert_int_equal(c->problems.n, 1);
	assert_int_equal(c->problems.items[0].line, 3);
	assert_memory_equal(c->problems.items[0].text, before, strlen(before));
	assert_string_equal(c->problems.items[0].text + strlen(before), says);
	finish(c);
}

static void
copies_a_module_without_tables(void **state)
{
	struct copying c = copy(&(struct vb_module){ .session_size = 8 });

	(void)state;
	assert_true(c.is_good);
	assert_int_equal(c.module.is.session_size, 8);
	assert_string_equal(c.module.is.about, "");
	assert_null(c.module.is.verbs);
	assert_null(c.module.is.options);
	finish(&c);
}

/* As a module has them that was built against a newer header. */
struct newer_verb {
	struct vb_verb v;
	const char *more;
};

struct newer_hook {
	struct vb_hook h;
	long more[3];
};

struct newer_option {
	struct vb_option o;
	const char *more;
};

struct newer_lookup {
	struct vb_lookup l;
	long more;
};

static const struct newer_verb verbs[] = {
	{ { .size = sizeof(verbs[0]), .name = "ONE" }, "!" },
	{ { .size = sizeof(verbs[0]), .name = "TWO" }, "!" },
	{ { 0 }, NULL },
};

static const struct newer_hook hooks[] = {
	{ { .size = sizeof(hooks[0]), .point = VB_AT_RCPT }, { 1, 1, 1 } },
	{ { .size = sizeof(hooks[0]), .point = VB_AT_DATA }, { 1, 1, 1 } },
	{ { 0 }, { 0 } },
};

static const struct newer_option inner[] = {
	{ { .size = sizeof(inner[0]), .name = "left" }, "!" },
	{ { .size = sizeof(inner[0]), .name = "right" }, "!" },
	{ { 0 }, NULL },
};

static const struct newer_option options[] = {
	{ { .size = sizeof(options[0]), .name = "plain" }, "!" },
	{ { .size = sizeof(options[0]), .name = "group", .group = &inner[0].o },
	    "!" },
	{ { 0 }, NULL },
};

struct newer_extension {
	struct vb_extension e;
	const char *more;
};

static const struct newer_extension extensions[] = {
	{ { .size = sizeof(extensions[0]), .keyword = "ONE" }, "!" },
	{ { .size = sizeof(extensions[0]), .keyword = "TWO" }, "!" },
	{ { 0 }, NULL },
};

static const struct newer_lookup lookup = {
	{ .size = sizeof(lookup), .blocks = true },
	1,
};

static void
copies_larger_rows_into_rows_of_our_size(void **state)
{
	const struct vb_module newer = {
		.verbs = &verbs[0].v,
		.hooks = &hooks[0].h,
		.options = &options[0].o,
		.lookup = &lookup.l,
		.extensions = &extensions[0].e,
	};
	struct copying c = copy(&newer);
	const struct vb_module *is = &c.module.is;

	(void)state;
	assert_true(c.is_good);
	assert_string_equal(is->verbs[0].name, "ONE");
	assert_int_equal(is->verbs[0].size, sizeof(struct vb_verb));
	assert_string_equal(is->verbs[1].name, "TWO");
	assert_int_equal(is->verbs[2].size, 0);
	assert_int_equal(is->hooks[1].point, VB_AT_DATA);
	assert_int_equal(is->hooks[2].size, 0);
	assert_string_equal(is->extensions[1].keyword, "TWO");
	assert_int_equal(is->extensions[2].size, 0);
	assert_string_equal(is->options[1].name, "group");
	assert_string_equal(is->options[1].group[1].name, "right");
	assert_int_equal(is->options[1].group[2].size, 0);
	assert_int_equal(is->lookup->size, sizeof(struct vb_lookup));
	assert_true(is->lookup->blocks);
	finish(&c);
}

static void
copies_what_it_knows_of_a_larger_module(void **state)
{
	struct {
		struct vb_module m;
		long more[8];
	} newer = { { .about = "of tomorrow", .conf_size = 8 }, { 1 } };
	const struct vb_export export = { sizeof(export) + 8, sizeof(newer),
		&core, &newer.m };
	struct copying c = copy_export(&export);

	(void)state;
	assert_true(c.is_good);
	assert_string_equal(c.module.is.about, "of tomorrow");
	assert_int_equal(c.module.is.conf_size, 8);
	assert_null(c.module.is.start);
	finish(&c);
}

static enum vb_known
somewhere(struct vb_route *r, const void *conf)
{
	(void)r, (void)conf;
	return VB_UNSURE;
}

static void
takes_what_an_older_module_lacks_for_nothing(void **state)
{
	static const struct vb_module m = { .about = "a toy",
		.route = somewhere };
	const struct vb_export older = { sizeof(older),
		offsetof(struct vb_module, route), &core, &m };
	struct copying c = copy_export(&older);

	(void)state;
	assert_true(c.is_good);
	assert_null(c.module.is.route);
	finish(&c);
	c = copy(&m);
	assert_ptr_equal(c.module.is.route, somewhere);
	finish(&c);
}

static void
refuses_an_export_that_makes_no_sense(void **state)
{
	static const struct vb_module m = { .about = "a toy" };
	const size_t size = sizeof(struct vb_export);
	const struct {
		struct vb_export export;
		const char *says;
	} cases[] = {
		{ { size - 1, sizeof(m), &core, &m },
		    "its vb_module is too small" },
		{ { 0, sizeof(m), &core, &m }, "its vb_module is too small" },
		{ { size, sizeof(m), NULL, &m }, "its vb_module is empty" },
		{ { size, sizeof(m), &core, NULL }, "its vb_module is empty" },
		{ { size, offsetof(struct vb_module, start), &core, &m },
		    "its struct vb_module has a wrong size" },
		{ { size, 1 << 20, &core, &m },
		    "its struct vb_module has a wrong size" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct copying c = copy_export(&cases[i].export);

		assert_says(&c, cases[i].says);
	}
}

static void
refuses_rows_of_a_wrong_size(void **state)
{
	static const struct vb_verb small[] = { { .size = 8 }, { 0 } };
	static const struct vb_hook odd[] = { { .size = 41 }, { 0 } };
	static const struct vb_hook large[] = { { .size = 65536 }, { 0 } };
	static const struct vb_option mixed[] = {
		{ .size = sizeof(struct vb_option) },
		{ .size = 4000 },
		{ 0 },
	};
	static const struct vb_lookup none = { .blocks = true };
	const struct {
		struct vb_module module;
		const char *says;
	} cases[] = {
		{ { .verbs = small }, "verbs, row 1: its size is wrong (8)" },
		{ { .hooks = odd }, "hooks, row 1: its size is wrong (41)" },
		{ { .hooks = large },
		    "hooks, row 1: its size is wrong (65536)" },
		{ { .options = mixed },
		    "options, row 2: its size is wrong (4000)" },
		{ { .lookup = &none }, "lookup: its size is wrong (0)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct copying c = copy(&cases[i].module);

		assert_says(&c, cases[i].says);
	}
}

static void
tells_a_row_that_forgot_its_size(void **state)
{
	static const struct vb_verb first[] = { { .name = "NOOP" }, { 0 } };
	static const struct vb_verb second[] = {
		{ VB_VERB, .name = "NOOP" },
		{ .name = "RSET" },
		{ 0 },
	};
	struct copying c = copy(&(struct vb_module){ .verbs = first });

	(void)state;
	assert_says(&c, "verbs, row 1: does not begin with its size");
	c = copy(&(struct vb_module){ .verbs = second });
	assert_says(&c, "verbs, row 2: does not begin with its size");
}

static void
refuses_a_group_within_itself(void **state)
{
	static const struct vb_option endless[] = {
		{ .size = sizeof(struct vb_option), .group = endless },
		{ 0 },
	};
	struct copying c = copy(&(struct vb_module){ .options = endless });

	(void)state;
	assert_says(&c, "options: groups are nested too deeply");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_a_module_without_tables),
		cmocka_unit_test(copies_larger_rows_into_rows_of_our_size),
		cmocka_unit_test(copies_what_it_knows_of_a_larger_module),
		cmocka_unit_test(takes_what_an_older_module_lacks_for_nothing),
		cmocka_unit_test(refuses_an_export_that_makes_no_sense),
		cmocka_unit_test(refuses_rows_of_a_wrong_size),
		cmocka_unit_test(tells_a_row_that_forgot_its_size),
		cmocka_unit_test(refuses_a_group_within_itself),
	};

	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
