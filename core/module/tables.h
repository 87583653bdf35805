#ifndef CORE_MODULE_TABLES_H
#define CORE_MODULE_TABLES_H

#include <stdbool.h>

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/module/fault.h"
#include "core/module/loader.h"

/*
 * Sets module->is to what the module exports: its tables as copies in the arena
 * with rows of the size this core knows, whatever size the module knows. What a
 * row of an older module lacks is zero.
 *
 * False, with the reasons in faults, when the sizes make no sense: then
 * module->is must not be used.
 */
bool tables_copy(const struct vb_export *export, struct module *module,
    struct arena *arena, struct faults *faults);

#endif
