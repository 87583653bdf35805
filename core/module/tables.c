/*
 * Copies the tables of a module, built against some other minor version, into
 * rows of the size this core knows.
 *
 * Every row begins with its size, so the first tells how far it is to the next.
 * Within a major version rows only grow: a row smaller than the first version's
 * is a mistake. The end row is all zero; a row that only forgot its VB_VERB or
 * VB_HOOK would look like it, so that is told.
 */
#include "core/module/tables.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

/* The size of a struct whose last member was `member`. */
#define THROUGH(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))

enum { LARGEST_ROW = 4096, DEEPEST_GROUP = 8 };

struct table {
	const char *name;
	size_t ours, oldest;
};

static const struct table verb_table = {
	.name = "verbs",
	.ours = sizeof(struct vb_verb),
	.oldest = THROUGH(struct vb_verb, more),
};

static const struct table hook_table = {
	.name = "hooks",
	.ours = sizeof(struct vb_hook),
	.oldest = THROUGH(struct vb_hook, after),
};

static const struct table option_table = {
	.name = "options",
	.ours = sizeof(struct vb_option),
	.oldest = THROUGH(struct vb_option, check),
};

static const struct table lookup_table = {
	.name = "lookup",
	.ours = sizeof(struct vb_lookup),
	.oldest = THROUGH(struct vb_lookup, blocks),
};

static const struct table terminals_table = {
	.name = "terminals",
	.ours = sizeof(struct vb_terminals),
	.oldest = THROUGH(struct vb_terminals, attend),
};

static const struct table extension_table = {
	.name = "extensions",
	.ours = sizeof(struct vb_extension),
	.oldest = THROUGH(struct vb_extension, value),
};

/* Who copies where, and what went wrong. */
struct copying {
	const struct module *module;
	struct arena *arena;
	struct faults *faults;
};

static size_t
row_size(const char *row)
{
	size_t size;

	memcpy(&size, row, sizeof(size));
	return size;
}

static bool
is_zero(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static bool
is_sane(const struct table *t, size_t size)
{
	return size >= t->oldest && size <= LARGEST_ROW &&
	       size % alignof(void *) == 0;
}

/* Counts the rows before the end row; false when there is no telling. */
static bool
count_rows(
    struct copying *c, const struct table *t, const char *rows, size_t *n)
{
	size_t stride = row_size(rows);
	const char *row = rows;

	for (*n = 0; row_size(row) != 0; row += stride, ++*n) {
		if (row_size(row) == stride && is_sane(t, stride))
			continue;
		fault(c->faults, c->module,
		    "%s, row %zu: its size is wrong (%zu)", t->name, *n + 1,
		    row_size(row));
		return false;
	}
	if (is_zero(row, t->oldest))
		return true;
	fault(c->faults, c->module, "%s, row %zu: does not begin with its size",
	    t->name, *n + 1);
	return false;
}

static void
copy_row(void *to, const char *row, const struct table *t)
{
	size_t size = row_size(row);

	memcpy(to, row, size < t->ours ? size : t->ours);
	memcpy(to, &t->ours, sizeof(t->ours));
}

/* NULL stays NULL. */
static void *
copy_table(struct copying *c, const struct table *t, const void *table)
{
	const char *rows = table;
	char *copy;
	size_t n;

	if (rows == NULL || !count_rows(c, t, rows, &n))
		return NULL;
	copy = arena_alloc(c->arena, (n + 1) * t->ours);
	for (size_t i = 0; i < n; i++)
		copy_row(copy + i * t->ours, rows + i * row_size(rows), t);
	return copy;
}

static const struct vb_option *
copy_options(struct copying *c, const struct vb_option *table, int depth)
{
	struct vb_option *copy;

	if (depth > DEEPEST_GROUP) {
		fault(c->faults, c->module,
		    "options: groups are nested too deeply");
		return NULL;
	}
	copy = copy_table(c, &option_table, table);
	for (struct vb_option *o = copy; o != NULL && o->size != 0; o++)
		o->group = copy_options(c, o->group, depth + 1);
	return copy;
}

/* Not a table: one row, without an end. */
static void *
copy_one(struct copying *c, const struct table *t, const void *row)
{
	void *copy;

	if (row == NULL)
		return NULL;
	if (!is_sane(t, row_size(row))) {
		fault(c->faults, c->module, "%s: its size is wrong (%zu)",
		    t->name, row_size(row));
		return NULL;
	}
	copy = arena_alloc(c->arena, t->ours);
	copy_row(copy, row, t);
	return copy;
}

static const char *
export_judge(const struct vb_export *export)
{
	if (export->size < offsetof(struct vb_export, module) + sizeof(void *))
		return "its vb_module is too small";
	if (export->core == NULL || export->module == NULL)
		return "its vb_module is empty";
	if (export->module_size < THROUGH(struct vb_module, start) ||
	    export->module_size > LARGEST_ROW)
		return "its struct vb_module has a wrong size";
	return NULL;
}

bool
tables_copy(const struct vb_export *export, struct module *module,
    struct arena *arena, struct faults *faults)
{
	struct copying c = { module, arena, faults };
	const char *wrong = export_judge(export);
	struct vb_module *is = &module->is;
	size_t before = faults->n, size = export->module_size;

	*is = (struct vb_module){ 0 };
	if (wrong != NULL) {
		fault(faults, module, "%s", wrong);
		return false;
	}
	memcpy(is, export->module, size < sizeof(*is) ? size : sizeof(*is));
	is->about = is->about == NULL ? "" : is->about;
	is->options = copy_options(&c, is->options, 1);
	is->verbs = copy_table(&c, &verb_table, is->verbs);
	is->hooks = copy_table(&c, &hook_table, is->hooks);
	is->lookup = copy_one(&c, &lookup_table, is->lookup);
	is->terminals = copy_one(&c, &terminals_table, is->terminals);
	is->extensions = copy_table(&c, &extension_table, is->extensions);
	return faults->n == before;
}
