/* Slow lookups: from a session to a courier and back. */
#include "core/process/lookups.h"

#include <stdlib.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/smtp/query.h"

struct lookup_call {
	struct lookup_call *next;
	struct lookups *lookups;
	struct pool_call *call;
	const struct module *module;
	unsigned number;
};

static void
unlink_call(struct lookup_call *call)
{
	struct lookup_call **p = &call->lookups->first;

	while (*p != call)
		p = &(*p)->next;
	*p = call->next;
}

/* Everything that a courier found, or VB_UNSURE when that cannot be read. */
static void
hand_over(const struct lookup_call *call, struct vb_str answer)
{
	struct session *s = *call->lookups->session;
	struct unpack from = { answer.p, answer.n, false };
	struct arena *arena = arena_create();
	struct query q = { .arena = arena };
	enum vb_known known = (enum vb_known)unpack_number(&from);
	uint64_t n = unpack_number(&from);
	struct vb_found found;

	for (uint64_t i = 0; i < n && !from.bad; i++)
		if (found_unpack(&from, arena, &found))
			query_found(&q.is, &found);
	if (!unpack_is_done(&from) || known > VB_UNSURE)
		known = VB_UNSURE;
	session_answer(s, call->number, known, q.items, q.n);
	arena_destroy(arena);
}

static void
done(void *data, enum pool_result result, struct vb_str answer)
{
	struct lookup_call *call = data;
	struct lookups *l = call->lookups;

	unlink_call(call);
	if (result != POOL_ANSWERED) {
		log_event(VB_ERROR, "module-failed",
		    "module=%s at=lookup: the courier %s", call->module->name,
		    result == POOL_DIED ? "died" : "took too long");
		session_answer(*l->session, call->number, VB_UNSURE, NULL, 0);
	} else {
		hand_over(call, answer);
	}
	free(call);
	l->answered(l->data);
}

void
lookups_ask(struct lookups *l, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query)
{
	struct lookup_call *call = must_alloc(sizeof(*call));
	struct buffer request = { 0 };

	call->lookups = l;
	call->number = number;
	call->module = module;
	call->next = l->first;
	l->first = call;
	lookup_request_pack(&request, &(struct lookup_request){ scope->index,
					  vb_str(module->name), *query });
	call->call = pool_ask(l->pool, &request, -1,
	    scope->conf.limits.wait_timeout.value * 1000, done, call);
}

void
lookups_forget(struct lookups *l)
{
	struct lookup_call *next;

	for (struct lookup_call *call = l->first; call != NULL; call = next) {
		next = call->next;
		pool_forget(call->call);
		free(call);
	}
	l->first = NULL;
}

void
lookup_request_pack(struct buffer *to, const struct lookup_request *r)
{
	pack_number(to, r->scope);
	pack_str(to, r->module);
	pack_str(to, r->query.name);
	pack_str(to, r->query.domain);
	pack_number(to, r->query.by_text);
}

bool
lookup_first_unpack(struct unpack *from, struct arena *arena,
    enum vb_known *known, struct vb_found *found)
{
	uint64_t what = unpack_number(from), n = unpack_number(from);

	*known = what > VB_UNSURE ? VB_UNSURE : (enum vb_known)what;
	return *known != VB_KNOWN ||
	       (n > 0 && found_unpack(from, arena, found) && !from->bad);
}

bool
lookup_request_unpack(struct unpack *from, struct lookup_request *r)
{
	*r = (struct lookup_request){ .query.size = sizeof(r->query) };
	r->scope = (unsigned)unpack_number(from);
	r->module = unpack_str(from);
	r->query.name = unpack_str(from);
	r->query.domain = unpack_str(from);
	r->query.by_text = unpack_number(from) != 0;
	return unpack_is_done(from);
}
