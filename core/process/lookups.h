#ifndef CORE_PROCESS_LOOKUPS_H
#define CORE_PROCESS_LOOKUPS_H

#include "core/base/pack.h"
#include "core/process/pool.h"
#include "core/smtp/session.h"

/* What a courier is asked, first in each request. */
enum question { QUESTION_LOOKUP, QUESTION_ROOM };

/* The slow answers one session waits for: lookups, and room in mailboxes. */
struct lookups {
	struct pool *pool;
	struct session **session; /* NULL once it is gone */
	void (*answered)(void *data);
	void *data;
	struct lookup_call *first;
};

void lookups_ask(struct lookups *l, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query);

/* Whether the scope's mailbox of `whom` has room for so many octets. */
void lookups_ask_room(struct lookups *l, unsigned number,
    const struct scope *scope, const struct vb_found *whom, uint64_t octets);

/* The session goes. */
void lookups_forget(struct lookups *l);

/* The request as a courier reads it, after the question; slices point into what
   is read. That for room is a job, see core/mail/job.h. */
struct lookup_request {
	unsigned scope;
	struct vb_str module; /* empty: all, until one knows */
	struct vb_str behind; /* of these, those after this one; or empty */
	struct vb_query query;
};
void lookup_request_pack(struct buffer *to, const struct lookup_request *r);
bool lookup_request_unpack(struct unpack *from, struct lookup_request *r);

/* The first of what a courier found. False when that cannot be read. */
bool lookup_first_unpack(struct unpack *from, struct arena *arena,
    enum vb_known *known, struct vb_found *found);

#endif
