/*
 * Replies, and who may say what.
 *
 * What a module says is checked against the legal codes of the verb it answers
 * (RFC 5321 §4.3.2, RFC 821 §4.3). An illegal code never reaches the wire: the
 * client gets the verb's failure code, the log the module's name. One command
 * gets one reply.
 */
#include <stdarg.h>

#include "core/base/log.h"
#include "core/smtp/state.h"

/* What the core decides is legal before the first command. */
static bool
is_legal_greeting(const struct session *s, int code)
{
	if (code == 220)
		return s->hook == VB_AT_BANNER;
	return code == 421 ||
	       (code == 554 && session_profile(s) == PROFILE_RFC5321);
}

/* What a guard may say: no, or, to whoever wants to know something, nothing. */
static bool
is_refusal(int code)
{
	return code >= 400 || code == 252;
}

static bool
is_legal(const struct session *s, int code)
{
	const struct command *c = &s->command;

	switch (c->stage) {
	case STAGE_CONNECT:
		return is_legal_greeting(s, code);
	case STAGE_MORE:
	case STAGE_TAKING:
		return (code >= 400 || !session_asks_message(s)) &&
		       codes_has(&c->verb->more_codes, code);
	case STAGE_GUARDS:
	case STAGE_POINT:
		return is_refusal(code) && codes_has(&c->verb->codes, code);
	case STAGE_RUN:
		return codes_has(&c->verb->codes, code);
	case STAGE_UNKNOWN:
		return code >= 200 && code <= 599;
	case STAGE_IDLE:
		break;
	}
	return false;
}

/* Refusals count, but for a verb that is known and not enabled. */
static bool
is_error(const struct session *s, int code)
{
	const struct verb *verb = s->command.verb;

	if (code < 500)
		return false;
	return verb == NULL || verb->is_enabled;
}

static void
finish_reply(
    struct session *s, int code, const char *status, struct vb_str text)
{
	s->command.has_replied = true;
	s->command.code = code;
	reply_add(&s->reply, session_profile(s), code, status, false, text);
	tell(s, VB_AT_REPLY, code);
	buffer_add_str(&s->output, buffer_str(&s->reply));
	s->reply.n = 0;
	s->reply_code = 0;
}

/* What a hook wants said, where there is a 250 at last. */
static struct vb_str
words(const struct session *s, int code, struct vb_str text)
{
	return code == 250 && s->command.remark.n > 0 ? s->command.remark
	                                              : text;
}

static void
say_str(struct session *s, int code, const char *status, struct vb_str text)
{
	if (s->command.has_replied || s->is_over)
		return;
	if (is_error(s, code) && s->errors++ >= session_limits(s)->errors) {
		session_log(
		    s, VB_NOTICE, "too-many-errors", "errors=%d", s->errors);
		say_bye(s, "4.7.0", "Too many errors, closing");
		return;
	}
	finish_reply(s, code, status, words(s, code, text));
}

void
say(struct session *s, int code, const char *status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_str(s, code, status, arena_vprintf(s->command_arena, fmt, ap));
	va_end(ap);
}

void
say_syntax(struct session *s, const char *status)
{
	say(s, 501, status, "Syntax: %s", s->command.verb->is->syntax);
}

void
say_bye(struct session *s, const char *status, const char *text)
{
	if (s->is_over)
		return;
	s->command.has_replied = false;
	s->reply.n = 0;
	finish_reply(s, 421, status,
	    arena_printf(
		s->command_arena, "%.*s %s", VB_FMT(s->client.hostname), text));
	s->is_over = true;
}

static bool
may_say(struct session *s, int code)
{
	if (s->running == NULL)
		return true;
	if (!may_speak(s, "vb_reply"))
		return false;
	if (s->command.has_replied) {
		session_log(s, VB_ERROR, "second-reply",
		    "module=%s verb=%.*s code=%d: the command has its reply",
		    s->running->name, VB_FMT(s->command.name), code);
		return false;
	}
	if (is_legal(s, code) && (s->reply_code == 0 || s->reply_code == code))
		return true;
	session_log(s, VB_ERROR, "illegal-reply",
	    "module=%s verb=%.*s code=%d: not legal here", s->running->name,
	    VB_FMT(s->command.name), code);
	s->reply_code = -1;
	return false;
}

void
core_remark(struct vb_session *vs, const char *fmt, ...)
{
	struct session *s = session_of(vs);
	va_list ap;

	va_start(ap, fmt);
	s->command.remark = arena_vprintf(s->command_arena, fmt, ap);
	va_end(ap);
}

enum vb_verdict
core_reply(
    struct vb_session *vs, int code, const char *status, const char *fmt, ...)
{
	struct session *s = session_of(vs);
	va_list ap;

	if (!may_say(s, code)) {
		if (!s->command.has_replied && s->reply_code < 0)
			module_failed(s, "said what is not legal");
		return VB_DONE;
	}
	va_start(ap, fmt);
	say_str(s, code, status, arena_vprintf(s->command_arena, fmt, ap));
	va_end(ap);
	return VB_DONE;
}

void
core_reply_more(
    struct vb_session *vs, int code, const char *status, const char *fmt, ...)
{
	struct session *s = session_of(vs);
	va_list ap;

	if (s->reply_code < 0 || !may_say(s, code))
		return;
	s->reply_code = code;
	va_start(ap, fmt);
	reply_add(&s->reply, session_profile(s), code, status, true,
	    arena_vprintf(s->command_arena, fmt, ap));
	va_end(ap);
}
