#ifndef CORE_MODULE_WHERE_H
#define CORE_MODULE_WHERE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/module/loader.h"

/*
 * Where a process is: which module it has called, for what. It lies in memory
 * that the master sees too, so that a process which dies or stalls within a
 * module can be told with the module's name. Names are written once, when the
 * modules are loaded; a call costs two stores.
 */
enum {
	WHERE_MODULES = 64,
	WHERE_VERBS = 128,
	WHERE_NAME = 32,
	WHERE_VERB = 20,
	WHERE_ID = 24,
};

struct where {
	char modules[WHERE_MODULES][WHERE_NAME];
	char verbs[WHERE_VERBS][WHERE_VERB];
	_Atomic uint64_t call;  /* 0: in no module; see where_enter() */
	_Atomic uint64_t calls; /* how many, ever: stands still in a stall */
	char id[WHERE_ID];      /* of the session or message */
};

/* What a module was called for. */
enum where_what {
	WHERE_HOOK = 1, /* number: the enum vb_point */
	WHERE_VERB_RUN, /* number: its place among all modules' verbs */
	WHERE_VERB_MORE,
	WHERE_LOOKUP,
	WHERE_DELIVER,
	WHERE_START,
	WHERE_ROOM,
	WHERE_KEYWORD, /* what stands behind a keyword of EHLO */
	WHERE_ROUTE,
	WHERE_TERMINALS,
};

/*
 * Modules that must not be called any more, by their index: they have brought
 * down one process after the other. All processes see it.
 */
struct quarantine {
	_Atomic unsigned char has[WHERE_MODULES];
};

/* From now on this process tells where it is in *w, which is zeroed, and heeds
   the quarantine. Before, everything below does nothing. */
void where_open(struct where *w, const struct quarantine *quarantine,
    const struct modules *modules);

/* False: it is in quarantine. */
bool where_may_call(const struct module *module);

/* Returns what was being called before, for where_leave(). */
uint64_t where_enter(const struct module *module, enum where_what what,
    unsigned number, struct vb_str id);
void where_leave(uint64_t before);

/* The index of the module that is being called; -1 for none. */
int where_module(const struct where *w);

/* "module=vrfy verb=VRFY id=..." into text; false when in no module. */
bool where_tell(const struct where *w, char *text, size_t size);

/* The name of a point: "rcpt". */
const char *where_point(enum vb_point point);

#endif
