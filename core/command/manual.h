#ifndef CORE_COMMAND_MANUAL_H
#define CORE_COMMAND_MANUAL_H

#include <stdbool.h>

#include "core/module/loader.h"

/*
 * Loads the modules that a configuration names, so that their tables can be
 * printed. No module code is called. As root, privileges go first. False, with
 * the reasons on stderr and no modules, when that is not possible. *dir is the
 * setting module_dir, or NULL.
 */
bool manual_load(const char *file, struct modules *modules, const char **dir);

#endif
