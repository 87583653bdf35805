#ifndef CORE_PROCESS_LOOKUPS_H
#define CORE_PROCESS_LOOKUPS_H

#include "core/base/pack.h"
#include "core/process/pool.h"
#include "core/smtp/session.h"

/* The slow lookups one session waits for. */
struct lookups {
	struct pool *pool;
	struct session **session; /* NULL once it is gone */
	void (*answered)(void *data);
	void *data;
	struct lookup_call *first;
};

void lookups_ask(struct lookups *l, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query);

/* The session goes. */
void lookups_forget(struct lookups *l);

/* The request as a courier reads it; slices point into what is read. */
struct lookup_request {
	unsigned scope;
	struct vb_str module; /* empty: all, until one knows */
	struct vb_query query;
};
void lookup_request_pack(struct buffer *to, const struct lookup_request *r);
bool lookup_request_unpack(struct unpack *from, struct lookup_request *r);

/* The first of what a courier found. False when that cannot be read. */
bool lookup_first_unpack(struct unpack *from, struct arena *arena,
    enum vb_known *known, struct vb_found *found);

#endif
