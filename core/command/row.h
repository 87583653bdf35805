#ifndef CORE_COMMAND_ROW_H
#define CORE_COMMAND_ROW_H

#include "core/command/view.h"

/* A line: verb, state, what it is answered unless it is run, module, and why.
 */
void row_print(const struct view *v, const struct verb *verb);

/* Where it is enabled or disabled: "enable, conf/lab.conf:38". */
void row_print_origin(const struct view *v, struct vb_str name);

#endif
