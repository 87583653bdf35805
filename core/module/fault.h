#ifndef CORE_MODULE_FAULT_H
#define CORE_MODULE_FAULT_H

#include <stddef.h>

#include <verbena/attr.h>

#include "core/base/problems.h"
#include "core/module/loader.h"

/* What is wrong with the modules being loaded, and how much of it. */
struct faults {
	struct problems *problems;
	size_t n;
};

/*
 * Adds a problem of the place where the configuration names the module:
 * `module "vrfy" (modules/vrfy.so): is truncated`.
 */
void fault(struct faults *f, const struct module *module, const char *fmt, ...)
    VB_PRINTF(3, 4);

#endif
