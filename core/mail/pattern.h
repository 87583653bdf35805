#ifndef CORE_MAIL_PATTERN_H
#define CORE_MAIL_PATTERN_H

#include <verbena/delivery.h>

#include "core/base/memory.h"

/* What vb_path() tells: fills in {user}, {domain}, {home}. In the arena; NULL
   when a value could lead elsewhere. */
const char *pattern_fill(
    struct arena *arena, struct vb_str pattern, const struct vb_delivery *d);

#endif
