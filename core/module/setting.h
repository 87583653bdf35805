#ifndef CORE_MODULE_SETTING_H
#define CORE_MODULE_SETTING_H

#include <stdbool.h>

#include <libconfig.h>

#include <verbena/option.h>

#include "core/module/options.h"

/* A setting: its row, where it stands in the file, what it is called. */
struct setting {
	const struct options_reader *reader;
	const struct vb_option *row;
	const config_setting_t *at;
	const char *name; /* "vrfy.disclose" */
};

/* The row after this one: the first says how large each is. */
const struct vb_option *option_next(
    const struct vb_option *table, const struct vb_option *row);

/* "vrfy" and "disclose" as "vrfy.disclose". */
const char *setting_name(
    const struct options_reader *r, const char *name, const char *key);

/* What is wrong with a setting, with its place and name before it. Always
   false, so that one can return it. */
bool setting_tell(const struct setting *s, const char *sentence);
bool setting_tell_want(const struct setting *s);

/* True when libconfig's type is one that may hold the option's. */
bool setting_is_held(const struct setting *s);

/* A scalar as a default would have it. */
struct vb_str setting_text(const struct setting *s);

#endif
