#ifndef CORE_MODULE_SITE_NAME_H
#define CORE_MODULE_SITE_NAME_H

#include <verbena/str.h>

#include "core/module/options.h"

/* Is there a site of that name in the configuration? NULL, or what is wrong:
   the rest of a sentence, with the nearest name there is. */
const char *site_name_check(const struct options_reader *r, struct vb_str name);

#endif
