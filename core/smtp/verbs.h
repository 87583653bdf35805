#ifndef CORE_SMTP_VERBS_H
#define CORE_SMTP_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/module.h>

#include "core/base/memory.h"
#include "core/module/loader.h"
#include "core/smtp/profile.h"
#include "core/smtp/reply.h"

/* What must be there before a client may use a verb. */
enum requirement {
	REQUIRES_AUTH = 1 << 0,
	REQUIRES_TLS = 1 << 1,
};

/* How many times within how many seconds a client may; 0 times: any number. */
struct verb_rate {
	uint64_t most;
	struct vb_seconds window;
};

/*
 * A row of the table that one scope has of the verbs. All known verbs are in
 * it, enabled or not. This one table feeds dispatch, and whatever advertises or
 * documents verbs.
 */
struct verb {
	const struct vb_verb *is;
	struct vb_str name; /* .is->name */
	const struct module *module;
	bool is_enabled;
	bool is_foreign;   /* not of the site's profile: never enabled */
	unsigned requires; /* enum requirement, or'ed */
	struct verb_rate rate;
	struct codes codes;      /* legal in answer to the command */
	struct codes more_codes; /* legal after what it took */
	int failure;             /* what a failing module becomes */
};

struct verbs {
	struct verb *items;
	size_t n;
};

/* All verbs that the modules have, none enabled. */
struct verbs verbs_build(
    const struct modules *modules, enum profile profile, struct arena *arena);

/* The row, whatever the case of the name; NULL when nobody has it. */
struct verb *verbs_find(const struct verbs *verbs, struct vb_str name);

#endif
