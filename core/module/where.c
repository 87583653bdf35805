/* Where a process is, for those who must explain its death. */
#include "core/module/where.h"

#include <stdio.h>
#include <string.h>

static struct where nowhere;
static struct where *here = &nowhere;
static const struct quarantine none;
static const struct quarantine *locked_up = &none;

static const char *const points[] = {
	[VB_AT_CONNECT] = "connect",
	[VB_AT_BANNER] = "banner",
	[VB_AT_HELO] = "helo",
	[VB_AT_COMMAND] = "command",
	[VB_AT_MAIL] = "mail",
	[VB_AT_RCPT] = "rcpt",
	[VB_AT_DATA] = "data",
	[VB_AT_HEADER] = "header",
	[VB_AT_BODY] = "body",
	[VB_AT_MESSAGE] = "message",
	[VB_AT_STORED] = "stored",
	[VB_AT_REPLY] = "reply",
	[VB_AT_UNKNOWN] = "unknown",
	[VB_AT_TRANSACTION_END] = "transaction-end",
	[VB_AT_SESSION_END] = "session-end",
};

const char *
where_point(enum vb_point point)
{
	if ((size_t)point >= sizeof(points) / sizeof(points[0]) ||
	    points[point] == NULL)
		return "?";
	return points[point];
}

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

void
where_open(struct where *w, const struct quarantine *quarantine,
    const struct modules *modules)
{
	unsigned n_verbs = 0;

	here = w;
	locked_up = quarantine;
	for (size_t i = 0; i < modules->n && i < WHERE_MODULES; i++) {
		const struct vb_verb *v = modules->items[i].is.verbs;

		copy(w->modules[i], WHERE_NAME, modules->items[i].name);
		for (; v != NULL && v->size != 0; v++)
			if (n_verbs < WHERE_VERBS)
				copy(w->verbs[n_verbs++], WHERE_VERB, v->name);
	}
}

uint64_t
where_enter(const struct module *module, enum where_what what, unsigned number,
    struct vb_str id)
{
	uint64_t call = (uint64_t)what << 32 |
	                (uint64_t)(number & 0xffff) << 16 | (module->index + 1);
	size_t n = id.n < WHERE_ID ? id.n : WHERE_ID - 1;
	uint64_t before = atomic_load_explicit(
	    &here->call, memory_order_relaxed);
	uint64_t calls = atomic_load_explicit(
	    &here->calls, memory_order_relaxed);

	if (n > 0)
		memcpy(here->id, id.p, n);
	here->id[n] = '\0';
	atomic_store_explicit(&here->calls, calls + 1, memory_order_relaxed);
	atomic_store_explicit(&here->call, call, memory_order_release);
	return before;
}

void
where_leave(uint64_t before)
{
	atomic_store_explicit(&here->call, before, memory_order_release);
}

bool
where_may_call(const struct module *module)
{
	return module->index >= WHERE_MODULES ||
	       atomic_load_explicit(
		   &locked_up->has[module->index], memory_order_relaxed) == 0;
}

int
where_module(const struct where *w)
{
	uint64_t call = atomic_load_explicit(&w->call, memory_order_acquire);

	return (int)(call & 0xffff) - 1;
}

static void
tell_what(const struct where *w, uint64_t call, char *text, size_t size)
{
	unsigned number = (unsigned)(call >> 16 & 0xffff);

	switch ((enum where_what)(call >> 32)) {
	case WHERE_HOOK:
		snprintf(
		    text, size, "at=%s", where_point((enum vb_point)number));
		return;
	case WHERE_VERB_RUN:
	case WHERE_VERB_MORE:
		snprintf(text, size, "verb=%.*s", WHERE_VERB - 1,
		    w->verbs[number % WHERE_VERBS]);
		return;
	case WHERE_LOOKUP:
		snprintf(text, size, "at=lookup");
		return;
	case WHERE_DELIVER:
		snprintf(text, size, "at=deliver");
		return;
	case WHERE_START:
		snprintf(text, size, "at=start");
		return;
	case WHERE_ROOM:
		snprintf(text, size, "at=room");
		return;
	case WHERE_KEYWORD:
		snprintf(text, size, "at=ehlo");
		return;
	case WHERE_ROUTE:
		snprintf(text, size, "at=route");
		return;
	case WHERE_TERMINALS:
		snprintf(text, size, "at=terminals");
		return;
	}
	snprintf(text, size, "at=?");
}

bool
where_tell(const struct where *w, char *text, size_t size)
{
	uint64_t call = atomic_load_explicit(&w->call, memory_order_acquire);
	char what[64];

	if (call == 0)
		return false;
	tell_what(w, call, what, sizeof(what));
	snprintf(text, size, "module=%.*s %s id=%.*s", WHERE_NAME - 1,
	    w->modules[((call & 0xffff) - 1) % WHERE_MODULES], what,
	    WHERE_ID - 1, w->id);
	return true;
}
