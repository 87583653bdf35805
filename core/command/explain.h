#ifndef CORE_COMMAND_EXPLAIN_H
#define CORE_COMMAND_EXPLAIN_H

#include "core/command/view.h"

/* Who is asked who somebody is, and what each says; an exit code. */
int explain_address(const struct view *v, struct vb_str text);

/* One who is asked: "  2. hook at rcpt: module spf, ...". */
void explain_module(int number, const struct module *m, const char *what);

/* The hooks of a point, numbered from here on; the next number. */
int explain_chain(const struct view *v, enum vb_point point, int number);

/* The settings of a module here, with where they stand. */
void explain_settings(const struct view *v, const struct module *m);

#endif
