#ifndef CORE_MODULE_CHAIN_H
#define CORE_MODULE_CHAIN_H

#include <stddef.h>

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/base/problems.h"
#include "core/module/loader.h"

/* One hook in a chain, with the module it belongs to. */
struct chain_link {
	const struct vb_hook *hook;
	const struct module *module;
};

/* The hooks at one point, in the order they are asked. */
struct chain {
	const struct chain_link *items;
	size_t n;
};

/*
 * Builds the chain of one point: the hooks of all modules there, sorted so that
 * each `before` and `after` holds; ties follow the order of `modules`, and
 * within one module the order of its table. A name that no loaded module has is
 * ignored. A cycle is a problem that names each module in it with the file and
 * line that loads it; the chain is then empty.
 */
struct chain chain_build(enum vb_point point, const struct modules *modules,
    struct arena *arena, struct problems *problems);

#endif
