/*
 * Slow answers, from a session to a courier and back: who somebody is, and
 * whether there is room in a mailbox.
 */
#include "core/process/lookups.h"

#include <stdlib.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/mail/job.h"
#include "core/mail/report.h"
#include "core/smtp/query.h"

struct lookup_call {
	struct lookup_call *next;
	struct lookups *lookups;
	struct pool_call *call;
	const struct module *module;
	unsigned number;
	bool is_room;
	struct buffer mailbox; /* whose room */
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

/* Nobody is told more than that a mailbox is full; the log has the reason. */
static void
hand_over_room(const struct lookup_call *call, struct vb_str answer)
{
	struct unpack from = { answer.p, answer.n, false };
	struct report report;
	enum vb_room room = VB_ROOM_UNKNOWN;

	if (!report_unpack(&from, &report))
		report = (struct report){ .outcome = VB_FAILED };
	if (report.outcome == VB_DELIVERED)
		room = VB_ROOM_LEFT;
	else if (report.outcome == VB_NEVER)
		room = VB_ROOM_NONE;
	if (room != VB_ROOM_LEFT)
		log_event(report.outcome == VB_FAILED ? VB_ERROR : VB_INFO,
		    room == VB_ROOM_NONE ? "full" : "not-now",
		    "to=<%.*s> module=%s at=room status=%.*s %.*s",
		    VB_FMT(buffer_str(&call->mailbox)), call->module->name,
		    VB_FMT(report.status), VB_FMT(report.text));
	session_room(*call->lookups->session, call->number, room);
}

/* No answer came: that is one, too. */
static void
give_up(const struct lookup_call *call)
{
	struct session *s = *call->lookups->session;

	if (call->is_room)
		session_room(s, call->number, VB_ROOM_UNKNOWN);
	else
		session_answer(s, call->number, VB_UNSURE, NULL, 0);
}

static void
finish_call(struct lookup_call *call)
{
	buffer_finish(&call->mailbox);
	free(call);
}

static void
done(void *data, enum pool_result result, struct vb_str answer)
{
	struct lookup_call *call = data;
	struct lookups *l = call->lookups;

	unlink_call(call);
	if (result != POOL_ANSWERED) {
		log_event(VB_ERROR, "module-failed",
		    "module=%s at=%s: the courier %s", call->module->name,
		    call->is_room ? "room" : "lookup",
		    result == POOL_DIED ? "died" : "took too long");
		give_up(call);
	} else if (call->is_room) {
		hand_over_room(call, answer);
	} else {
		hand_over(call, answer);
	}
	finish_call(call);
	l->answered(l->data);
}

static struct lookup_call *
begin_call(struct lookups *l, unsigned number, const struct module *module)
{
	struct lookup_call *call = must_alloc(sizeof(*call));

	call->lookups = l;
	call->number = number;
	call->module = module;
	call->next = l->first;
	l->first = call;
	return call;
}

static void
ask(struct lookup_call *call, const struct scope *scope, struct buffer *request)
{
	call->call = pool_ask(call->lookups->pool, request, -1,
	    scope->conf.limits.wait_timeout.value * 1000, done, call);
}

void
lookups_ask(struct lookups *l, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query)
{
	struct lookup_call *call = begin_call(l, number, module);
	struct buffer request = { 0 };

	lookup_request_pack(
	    &request, &(struct lookup_request){ .scope = scope->index,
			  .module = vb_str(module->name),
			  .query = *query });
	ask(call, scope, &request);
}

void
lookups_ask_room(struct lookups *l, unsigned number, const struct scope *scope,
    const struct vb_found *whom, uint64_t octets)
{
	struct lookup_call *call = begin_call(l, number, scope->deliver);
	struct buffer request = { 0 };
	const struct job job = {
		.module = vb_str(scope->deliver->name),
		.scope = scope->index,
		.octets = octets,
		.to = {
			.mailbox = whom->mailbox,
			.user = whom->user,
			.domain = whom->domain,
			.home = whom->home,
		},
	};

	call->is_room = true;
	buffer_add_str(&call->mailbox, whom->mailbox);
	pack_number(&request, QUESTION_ROOM);
	job_pack(&request, &job);
	ask(call, scope, &request);
}

void
lookups_forget(struct lookups *l)
{
	struct lookup_call *next;

	for (struct lookup_call *call = l->first; call != NULL; call = next) {
		next = call->next;
		pool_forget(call->call);
		finish_call(call);
	}
	l->first = NULL;
}

void
lookup_request_pack(struct buffer *to, const struct lookup_request *r)
{
	pack_number(to, QUESTION_LOOKUP);
	pack_number(to, r->scope);
	pack_str(to, r->module);
	pack_str(to, r->behind);
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
	r->behind = unpack_str(from);
	r->query.name = unpack_str(from);
	r->query.domain = unpack_str(from);
	r->query.by_text = unpack_number(from) != 0;
	return unpack_is_done(from);
}
