#ifndef CORE_MODULE_OPTION_VALUE_H
#define CORE_MODULE_OPTION_VALUE_H

#include <verbena/option.h>

#include "core/base/memory.h"

/*
 * Reads one value from text, as a default has it, into the option's field.
 *
 * NULL when it is good. Else the field is as it was, and this is the rest of a
 * sentence that begins with the name: `"25X" is not a size (...)`. It lives in
 * the arena, as the value does. Lists are words between blanks; a list of
 * groups becomes empty and a group stays as it is, whatever the text.
 */
const char *option_value_parse(struct arena *arena, const struct vb_option *o,
    struct vb_str text, void *field);

#endif
