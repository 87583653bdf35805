/* From a session to the courier that has the terminals, and back. What cannot
   be asked is not answered: then the wait of the session has an end. */
#include "core/process/reaches.h"

#include <stdlib.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/process/terminals.h"

struct reach_call {
	struct reach_call *next;
	struct reaches *reaches; /* NULL: the session is gone */
	unsigned number;
	bool shows;
	struct buffer id, mailbox;
};

static void
unlink_call(struct reach_call *call)
{
	struct reach_call **p = &call->reaches->first;

	while (*p != call)
		p = &(*p)->next;
	*p = call->next;
}

static void
tell_log(const struct reach_call *call, const struct reached *r)
{
	static const char *const events[] = {
		[VB_SHOWN_ALL] = "shown",
		[VB_SHOWN_PART] = "shown-in-part",
		[VB_SHOWN_NOT] = "not-shown",
	};

	if (call->shows && r->shown != VB_SHOWN_PENDING)
		log_event(VB_INFO, events[r->shown], "id=%.*s to=<%.*s> %.*s",
		    VB_FMT(buffer_str(&call->id)),
		    VB_FMT(buffer_str(&call->mailbox)), VB_FMT(r->text));
}

static void
finish_call(struct reach_call *call)
{
	buffer_finish(&call->id);
	buffer_finish(&call->mailbox);
	free(call);
}

static void
done(void *data, enum pool_result result, struct vb_str answer)
{
	struct reach_call *call = data;
	struct reaches *of = call->reaches;
	struct unpack from = { answer.p, answer.n, false };
	struct reached r;

	if (result != POOL_ANSWERED || !terminals_unpack(&from, &r))
		r = (struct reached){ VB_PRESENCE_UNKNOWN, VB_SHOWN_NOT,
			VB_STR("the courier died or took too long") };
	tell_log(call, &r);
	if (of != NULL) {
		unlink_call(call);
		session_reached(
		    *of->session, call->number, r.presence, r.shown);
	}
	finish_call(call);
	if (of != NULL)
		of->answered(of->data);
}

void
reaches_ask(struct reaches *r, unsigned number, const struct reach *what)
{
	struct reach_call *call = must_alloc(sizeof(*call));
	struct buffer request = { 0 };

	call->reaches = r;
	call->number = number;
	call->shows = what->shows;
	buffer_add_str(&call->id, what->id);
	buffer_add_str(&call->mailbox, what->whom->mailbox);
	call->next = r->first;
	r->first = call;
	terminals_pack(&request, what);
	if (pool_ask(r->pool, &request, -1,
		what->scope->conf.limits.wait_timeout.value * 1000, done,
		call) == NULL) {
		unlink_call(call);
		finish_call(call);
	}
}

void
reaches_forget(struct reaches *r)
{
	for (struct reach_call *call = r->first; call != NULL;
	     call = call->next)
		call->reaches = NULL;
	r->first = NULL;
}
