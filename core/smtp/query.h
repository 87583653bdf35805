#ifndef CORE_SMTP_QUERY_H
#define CORE_SMTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/lookup.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/module/loader.h"

/*
 * One question to one module, and what it reported. The same in a worker, for
 * lookups that answer at once, and in a courier, for those that block.
 */
struct query {
	struct vb_query is; /* what the module sees; first, see query_found() */
	struct arena *arena;
	const char *module; /* who is asked */
	struct vb_found *items;
	size_t n, room;
};

/* What the module finds comes behind the items that are there. */
enum vb_known query_run(struct query *q, const struct module *module,
    const void *conf, struct vb_str id);

/* The core's vb_found(): q is the `is` of a struct query. */
void query_found(struct vb_query *q, const struct vb_found *whom);

/* The core's vb_query_log(). */
void query_log(struct vb_query *q, enum vb_level level, const char *event,
    const char *fmt, ...) VB_PRINTF(4, 5);

/* A copy with all it points to. */
struct vb_found found_copy(struct arena *arena, const struct vb_found *from);

/* For the way to a courier and back. */
void found_pack(struct buffer *to, const struct vb_found *found);
bool found_unpack(
    struct unpack *from, struct arena *arena, struct vb_found *found);

#endif
