/*
 * Groups of a configuration, read into structs.
 *
 * A scalar is turned into text and read as a default is, so that there is one
 * set of rules; what differs between a file and a default is which of
 * libconfig's types may hold it.
 */
#include "core/module/options.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/module/nearest.h"
#include "core/module/option_value.h"
#include "core/module/setting.h"
#include "core/module/site_name.h"

/* Lists differ in their items only; all are read as a struct vb_list. */
static_assert(
    sizeof(struct vb_strings) == sizeof(struct vb_list) &&
	sizeof(struct vb_networks) == sizeof(struct vb_list) &&
	offsetof(struct vb_strings, n) == offsetof(struct vb_list, n) &&
	offsetof(struct vb_networks, n) == offsetof(struct vb_list, n),
    "a list is a pointer and a number");

static bool
read_scalar(const struct setting *s, void *field)
{
	const char *wrong = option_value_parse(
	    s->reader->arena, s->row, setting_text(s), field);

	if (wrong == NULL && s->row->names_site)
		wrong = site_name_check(s->reader, setting_text(s));
	return wrong == NULL || setting_tell(s, wrong);
}

static bool read_value(const struct setting *s, void *field);

static const struct vb_option *
find_row(const struct vb_option *table, const char *key)
{
	const struct vb_option *row = table;

	while (row->size != 0 && strcmp(row->name, key) != 0)
		row = option_next(table, row);
	return row->size == 0 ? NULL : row;
}

static bool
is_other(const struct options_others *others, const char *key)
{
	for (size_t i = 0; others != NULL && i < others->n; i++)
		if (strcmp(others->names[i], key) == 0)
			return true;
	return false;
}

static bool
tell_unknown(const struct setting *group, const struct options_others *others,
    const config_setting_t *at)
{
	const struct vb_option *table = group->row->group;
	const char *key = config_setting_name(at);
	struct nearest nearest = nearest_begin(vb_str(key));
	struct setting s = { group->reader, NULL, at, group->name };
	struct arena *arena = s.reader->arena;

	for (const struct vb_option *o = table; o->size != 0;
	     o = option_next(table, o))
		nearest_try(&nearest, o->name);
	for (size_t i = 0; others != NULL && i < others->n; i++)
		nearest_try(&nearest, others->names[i]);
	if (nearest.best == NULL)
		return setting_tell(
		    &s, arena_printf(arena, "unknown setting \"%s\"", key).p);
	return setting_tell(&s,
	    arena_printf(arena, "unknown setting \"%s\"; did you mean \"%s\"?",
		key, nearest.best)
		.p);
}

static bool
read_group(
    const struct setting *s, const struct options_others *others, void *into)
{
	const unsigned n = (unsigned)config_setting_length(s->at);
	bool is_good = true;

	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *at = config_setting_get_elem(s->at, i);
		const char *key = config_setting_name(at);
		const struct vb_option *row = find_row(s->row->group, key);
		struct setting one = { s->reader, row, at, NULL };

		if (row != NULL) {
			one.name = setting_name(s->reader, s->name, key);
			is_good &= read_value(&one, (char *)into + row->offset);
		} else if (!is_other(others, key)) {
			is_good = tell_unknown(s, others, at);
		}
	}
	return is_good;
}

static bool
has_required(const struct setting *s)
{
	const struct vb_option *table = s->row->group;
	bool has_all = true;

	for (const struct vb_option *o = table; o->size != 0;
	     o = option_next(table, o)) {
		struct setting one = { s->reader, o, s->at, NULL };

		if (!o->is_required ||
		    config_setting_get_member(s->at, o->name) != NULL)
			continue;
		one.name = setting_name(s->reader, s->name, o->name);
		has_all = setting_tell(&one, "is missing");
	}
	return has_all;
}

/* `file` is whose bug a bad default is; NULL when that has been told. */
static void
set_defaults(const struct setting *group, const char *file, void *into)
{
	const struct options_reader *r = group->reader;
	const struct vb_option *table = group->row->group;

	for (const struct vb_option *o = table; o->size != 0;
	     o = option_next(table, o)) {
		struct setting s = { r, o, NULL,
			setting_name(r, group->name, o->name) };
		void *field = (char *)into + o->offset;
		const char *wrong = option_value_parse(
		    r->arena, o, vb_str(o->initial), field);

		/* What the file must have needs no default. */
		if (wrong != NULL && file != NULL &&
		    !(o->is_required && *o->initial == '\0'))
			problems_add(r->problems, file, 0,
			    "%s: the default: %s", s.name, wrong);
		if (o->type == VB_OPTION_GROUP)
			set_defaults(&s, file, field);
		if (o->type == VB_OPTION_LIST && file != NULL)
			set_defaults(
			    &s, file, arena_alloc(r->arena, o->item_size));
	}
}

/* The option's own check of what was read. */
static bool
is_checked(const struct setting *s, const void *field)
{
	const char *wrong = s->row->check == NULL ? NULL : s->row->check(field);

	return wrong == NULL || setting_tell(s, wrong);
}

static bool
read_item(const struct setting *s, void *item)
{
	bool is_good;

	if (s->row->type != VB_OPTION_GROUP || !setting_is_held(s))
		return read_value(s, item);
	set_defaults(s, NULL, item);
	is_good = read_group(s, NULL, item);
	return has_required(s) && is_good && is_checked(s, item);
}

/* What an item of a list is, as an option of its own, and how large. */
static struct vb_option
item_row(const struct vb_option *list, size_t *size)
{
	struct vb_option row = { .size = sizeof(row),
		.is_secret = list->is_secret,
		.group = list->group };

	if (list->type == VB_OPTION_STRINGS) {
		row.type = VB_OPTION_STRING;
		*size = sizeof(struct vb_str);
	} else if (list->type == VB_OPTION_NETWORKS) {
		row.type = VB_OPTION_NETWORK;
		*size = sizeof(struct vb_network);
	} else {
		row.type = VB_OPTION_GROUP;
		row.check = list->check_item;
		*size = list->item_size;
	}
	return row;
}

static bool
read_list(const struct setting *s, void *field)
{
	const unsigned n = (unsigned)config_setting_length(s->at);
	size_t size, kept;
	const struct vb_option row = item_row(s->row, &size);
	struct vb_list list;
	bool is_good = true;
	char *items;

	memcpy(&list, field, sizeof(list));
	kept = s->row->adds_up ? list.n : 0;
	items = arena_alloc(s->reader->arena, (kept + n) * size);
	if (kept > 0)
		memcpy(items, list.items, kept * size);
	for (unsigned i = 0; i < n; i++) {
		struct setting one = { s->reader, &row,
			config_setting_get_elem(s->at, i), s->name };

		is_good &= read_item(&one, items + (kept + i) * size);
	}
	list = (struct vb_list){ items, kept + n };
	if (is_good)
		memcpy(field, &list, sizeof(list));
	return is_good;
}

static bool
read_value(const struct setting *s, void *field)
{
	const struct vb_option *row = s->row;
	bool is_good;

	if (!setting_is_held(s))
		return setting_tell_want(s);
	if (row->type == VB_OPTION_GROUP)
		is_good = read_group(s, NULL, field);
	else if (config_setting_is_aggregate(s->at))
		is_good = read_list(s, field);
	else
		is_good = read_scalar(s, field);
	return is_good && is_checked(s, field);
}

void
options_defaults(const struct options_reader *r, const char *file,
    const struct vb_option *table, void *into)
{
	const struct vb_option row = { .type = VB_OPTION_GROUP,
		.group = table };

	set_defaults(&(struct setting){ r, &row, NULL, "" }, file, into);
}

void
options_read(const struct options_reader *r, const char *name,
    const struct vb_option *table, const struct options_others *others,
    const config_setting_t *group, void *into)
{
	const struct vb_option row = { .type = VB_OPTION_GROUP,
		.group = table };
	const struct setting s = { r, &row, group, name };

	if (setting_is_held(&s))
		read_group(&s, others, into);
	else
		setting_tell_want(&s);
}
