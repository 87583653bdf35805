/*
 * Calling modules: hooks and verbs, and what their verdicts mean.
 *
 * A module that fails, or says nothing, or waits for nothing or too long, costs
 * the command the verb's failure code and the log a line with its name.
 */
#include <stdarg.h>

#include "core/base/log.h"
#include "core/module/where.h"
#include "core/smtp/state.h"

void
session_log(struct session *s, enum vb_level level, const char *event,
    const char *fmt, ...)
{
	struct buffer text = { 0 };
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	buffer_vprintf(&text, fmt, ap);
	va_end(ap);
	log_event(level, event, "session=%.*s site=%.*s client=%.*s %.*s",
	    VB_FMT(s->client.session), VB_FMT(s->client.site),
	    VB_FMT(s->client.address), VB_FMT(buffer_str(&text)));
	buffer_finish(&text);
}

/* What the running module is asked, for a log line. */
static struct vb_str
doing(struct session *s)
{
	const struct command *c = &s->command;

	if (c->stage == STAGE_RUN ||
	    (c->stage == STAGE_MORE && !session_asks_message(s)))
		return arena_printf(
		    s->command_arena, "verb=%.*s", VB_FMT(c->name));
	return arena_printf(s->command_arena, "at=%s verb=%.*s",
	    where_point(c->event.point), VB_FMT(c->name));
}

void
module_failed(struct session *s, const char *why)
{
	const struct verb *verb = s->command.verb;
	int code = verb != NULL                        ? verb->failure
	           : s->command.stage == STAGE_UNKNOWN ? 451
	                                               : 421;

	if (s->running != NULL)
		session_log(s, VB_ERROR, "module-failed", "module=%s %.*s: %s",
		    s->running->name, VB_FMT(doing(s)), why);
	s->reply.n = 0;
	s->reply_code = 0;
	if (code != 421) {
		say(s, code, "4.3.0", "Local error, try again later");
		return;
	}
	say(s, 421, "4.3.0", "%.*s Local error, try again later",
	    VB_FMT(s->client.hostname));
	s->is_over = true;
}

enum vb_verdict
call_hook(struct session *s, const struct chain_link *link,
    const struct vb_event *event)
{
	const struct module *outer = s->running;
	enum vb_point outer_hook = s->hook;
	enum vb_verdict verdict;
	uint64_t before;

	if (!where_may_call(link->module))
		return VB_FAIL;
	s->running = link->module;
	s->hook = event->point;
	before = where_enter(
	    link->module, WHERE_HOOK, event->point, s->client.session);
	verdict = link->hook->run(session_public(s), event,
	    s->scope->module_conf[link->module->index]);
	where_leave(before);
	s->running = outer;
	s->hook = outer_hook;
	return verdict;
}

bool
tell(struct session *s, enum vb_point point, int code)
{
	const struct chain *chain = &s->sites->chains.at[point];
	const struct vb_event event = {
		.size = sizeof(event),
		.point = point,
		.verb = s->command.name,
		.code = code,
	};
	bool ok = true;

	for (size_t i = 0; i < chain->n; i++) {
		if (call_hook(s, &chain->items[i], &event) != VB_FAIL)
			continue;
		session_log(s, VB_ERROR, "module-failed", "module=%s at=%s",
		    chain->items[i].module->name, where_point(point));
		ok = false;
	}
	return ok;
}

/* A verdict of a module that may wait or refuse, made into what comes next. */
static enum asking
judge(struct session *s, const struct module *module, enum vb_verdict verdict)
{
	const struct module *outer = s->running;

	s->running = module;
	switch (verdict) {
	case VB_NEXT:
		s->running = outer;
		return ASKING_PASSED;
	case VB_WAIT:
		if (s->out > 0 || s->waiting == WAITING_STORE) {
			s->running = outer;
			return ASKING_WAITS;
		}
		module_failed(s, "waits for nothing");
		break;
	case VB_DONE:
		if (!s->command.has_replied)
			module_failed(s, "said nothing");
		break;
	case VB_FAIL:
		module_failed(s, "failed");
		break;
	}
	s->running = outer;
	return ASKING_REFUSED;
}

enum asking
ask_guards(struct session *s, enum vb_point point, size_t *link)
{
	const struct chain *chain = &s->sites->chains.at[point];
	enum asking answer;

	s->command.event.point = point;
	for (; *link < chain->n; ++*link) {
		const struct chain_link *it = &chain->items[*link];

		answer = judge(
		    s, it->module, call_hook(s, it, &s->command.event));
		if (answer != ASKING_PASSED)
			return answer;
	}
	return ASKING_PASSED;
}

enum asking
run_verb(struct session *s)
{
	const struct verb *verb = s->command.verb;
	const void *conf = s->scope->module_conf[verb->module->index];
	bool more = s->command.stage == STAGE_MORE;
	enum vb_verdict verdict;
	uint64_t before;

	if (!where_may_call(verb->module))
		return judge(s, verb->module, VB_FAIL);
	s->running = verb->module;
	before = where_enter(verb->module,
	    more ? WHERE_VERB_MORE : WHERE_VERB_RUN,
	    (unsigned)(verb - s->scope->verbs.items), s->client.session);
	verdict = (more ? verb->is->more : verb->is->run)(
	    session_public(s), &s->command.argument, conf);
	where_leave(before);
	s->running = NULL;
	if (verdict == VB_NEXT)
		verdict = VB_DONE;
	return judge(s, verb->module, verdict);
}
