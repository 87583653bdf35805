#ifndef CORE_MODULE_OPTION_FORM_H
#define CORE_MODULE_OPTION_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/option.h>

#include "core/base/buffer.h"

/* What an option may be: for those who judge it and those who tell it. */

/* What the file should have, for people: "none, local or full", "a string". */
void option_want(struct buffer *b, const struct vb_option *o);

/* Takes the first of "none|local|full" off the beginning. */
struct vb_str option_choice(const char **rest);

/* A whole number, a size or a time: what has a range. */
bool option_has_range(const struct vb_option *o);

/* Its range; the type's own where the option sets none. */
struct option_range {
	int64_t min, max;
};
struct option_range option_range(const struct vb_option *o);

/* The largest there is of the type. */
int64_t option_most(const struct vb_option *o);

/* A whole number, a size or a time, in its units. */
void option_print(struct buffer *b, const struct vb_option *o, int64_t value);

#endif
