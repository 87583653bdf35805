#ifndef CORE_MODULE_RULES_H
#define CORE_MODULE_RULES_H

#include "core/module/fault.h"
#include "core/module/loader.h"

/*
 * Judges the tables of a module (include/verbena/): what would otherwise go
 * wrong in the middle of a session is told when it is loaded. Each fault names
 * table and row.
 */
void rules_judge(const struct module *module, struct faults *faults);

/* A verb or a keyword of EHLO belongs to one module, and comes once in its
   table. */
void rules_judge_owners(const struct modules *modules, struct faults *faults);

#endif
