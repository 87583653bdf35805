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
};

/* From now on this process tells where it is in *w, which is zeroed. Before,
   everything below does nothing. */
void where_open(struct where *w, const struct modules *modules);

void where_enter(const struct module *module, enum where_what what,
    unsigned number, struct vb_str id);
void where_leave(void);

/* "module=vrfy at=verb VRFY id=..." into text; false when in no module. */
bool where_tell(const struct where *w, char *text, size_t size);

/* The name of a point: "rcpt". */
const char *where_point(enum vb_point point);

#endif
