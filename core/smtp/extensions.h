#ifndef CORE_SMTP_EXTENSIONS_H
#define CORE_SMTP_EXTENSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/module/loader.h"

/*
 * The extensions of the modules, as one scope has them. Loading a module turns
 * them on, since only EHLO, which is a verb, tells of them; `disable` takes one
 * away.
 */
struct extension {
	const struct vb_extension *is;
	const struct module *module;
	bool is_enabled;
};

struct extensions {
	struct extension *items;
	size_t n;
};

struct extensions extensions_build(
    const struct modules *modules, struct arena *arena);

/* The row of a keyword, whatever its case; NULL when nobody has it. */
struct extension *extensions_find(
    const struct extensions *extensions, struct vb_str keyword);

/* Does an extension that is enabled bring this parameter to this point? */
bool extensions_bring(const struct extensions *extensions, enum vb_point point,
    struct vb_str parameter);

#endif
