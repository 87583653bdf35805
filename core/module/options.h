#ifndef CORE_MODULE_OPTIONS_H
#define CORE_MODULE_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#include <verbena/option.h>

#include "core/base/memory.h"
#include "core/base/problems.h"
#include "core/io/conf.h"

/*
 * Reads groups of a configuration into structs, as tables of options say
 * (<verbena/option.h>).
 */
struct options_reader {
	const struct conf *conf;
	struct arena *arena; /* what strings and lists are put into */
	struct problems *problems;
};

/* Names that a group may hold besides the rows of its table (the modules'
   groups within a site); they are not looked into. */
struct options_others {
	const char *const *names;
	size_t n;
};

/*
 * Sets every field of the struct at `into` to its default. A default that does
 * not parse is a bug of the table's author: it is told as a problem of `file`
 * (the module's).
 */
void options_defaults(const struct options_reader *r, const char *file,
    const struct vb_option *table, void *into);

/*
 * Reads `group` over what is in the struct already: a field that the group does
 * not name stays as it is; a list with .adds_up grows; everything else is
 * replaced. A list of groups begins each item with the defaults of its rows.
 *
 * `name` is what problems are prefixed with ("vrfy" gives "vrfy.disclose: want
 * none, local or full"), "" for none. Unknown keys are problems and name the
 * nearest key there is. Never fails: what is wrong is in r->problems.
 */
void options_read(const struct options_reader *r, const char *name,
    const struct vb_option *table, const struct options_others *others,
    const config_setting_t *group, void *into);

/*
 * Prints the reference manual of a table: each setting with its type, range or
 * choices, default and prose, groups and lists indented below their name.
 */
void options_manual(const char *name, const struct vb_option *table, FILE *to);

/* Tells where the setting of that name was set; the text lives until the next
   call. */
struct options_place {
	const char *(*tell)(void *data, const char *name);
	void *data;
};

/* Prints what the settings in the struct at `from` are, and where each was set.
   Secrets are not shown; of a list of groups only how many there are. */
void options_show(const char *name, const struct vb_option *table,
    const void *from, const struct options_place *place, FILE *to);

#endif
