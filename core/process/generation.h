#ifndef CORE_PROCESS_GENERATION_H
#define CORE_PROCESS_GENERATION_H

#include <stdbool.h>

#include "core/base/memory.h"
#include "core/base/problems.h"
#include "core/io/conf.h"
#include "core/module/loader.h"
#include "core/process/settings.h"
#include "core/smtp/site.h"

/*
 * A generation: one configuration and the modules it names, loaded into this
 * process. Nothing in it changes, and it lives as long as the process.
 */
struct generation {
	struct conf *conf;
	struct arena *arena;
	struct top_conf top;
	struct modules modules;
	struct sites *sites;
};

/*
 * Loads the modules and compiles the sites. NULL when anything is wrong, with
 * all of it in problems. Takes the configuration over.
 */
struct generation *generation_load(
    struct conf *conf, struct problems *problems);

/* The same, as far as it can be compiled whatever is wrong: for who looks for
   more that is. NULL when modules cannot be loaded. */
struct generation *generation_compile(
    struct conf *conf, struct problems *problems);

/* What is loaded stays loaded; everything else goes. Takes NULL. */
void generation_destroy(struct generation *g);

/* Loads only the modules. */
struct modules generation_modules(const struct conf *conf,
    const struct top_conf *top, struct arena *arena, struct problems *problems);

/* Calls .start of each module. False: one will not; told in the log. */
bool generation_start(const struct generation *g);

/* Is any mail delivered by a courier that becomes the recipient? */
bool generation_needs_root(const struct generation *g);

/* Does any module know of terminals? */
bool generation_needs_terminals(const struct generation *g);

/* The table of functions that modules get. */
extern const struct vb_core core_table;

#endif
