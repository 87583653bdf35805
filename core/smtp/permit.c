/*
 * May this client use this verb, now? What every verb is asked before its
 * argument is read: whether it is enabled, what it requires, how often it came,
 * and whether it is its turn.
 *
 * A verb that is known and not enabled counts neither as an error nor as junk.
 */
#include "core/smtp/state.h"

bool
verb_is_usable(const struct session *s, const struct verb *verb)
{
	return verb->is_enabled && (verb->requires & ~s->has) == 0;
}

static void
say_disabled(struct session *s)
{
	int code = s->scope->conf.disabled_reply;

	say(s, code, code == 252 ? "2.5.0" : "5.5.1",
	    "%s is not available here", s->command.verb->is->name);
}

/* RFC 3207 §4 and RFC 4954 §6 have 530; RFC 821 does not. */
static void
say_required(struct session *s)
{
	unsigned missing = s->command.verb->requires & ~s->has;

	if (session_profile(s) == PROFILE_RFC821)
		say_disabled(s);
	else
		say(s, 530, "5.7.0", "%s needs %s first",
		    s->command.verb->is->name,
		    (missing & REQUIRES_TLS) != 0 ? "TLS" : "authentication");
}

/* 252 tells nothing, and 450 and 451 are for now; but not every verb has them,
   and where 458 is a refusal 252 is none (RFC 1985 §5.3). */
static int
too_often_code(const struct verb *verb)
{
	static const int codes[] = { 458, 252, 450, 451 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes_has(&verb->codes, codes[i]))
			return codes[i];
	return verb->failure;
}

static bool
is_too_often(struct session *s)
{
	const struct verb *verb = s->command.verb;
	const struct verb_rate *rate = &verb->rate;

	if (rate->most == 0)
		return false;
	if (s->host->count(s->host_data, verb->name, rate->window, 0) >=
	    rate->most)
		return true;
	s->host->count(s->host_data, verb->name, rate->window, 1);
	return false;
}

static void
say_too_often(struct session *s)
{
	int code = too_often_code(s->command.verb);
	const char *status = code < 300   ? "2.7.1"
	                     : code < 500 ? "4.7.1"
	                                  : "5.7.1";

	session_log(
	    s, VB_NOTICE, "too-often", "verb=%s", s->command.verb->is->name);
	if (code == 421)
		say_bye(s, status, "Too often, try again later");
	else
		say(s, code, status, "Too often, try again later");
}

/* Why the verb may not come now, or NULL. */
static const char *
out_of_order(const struct session *s)
{
	unsigned when = s->command.verb->is->when;
	const struct transaction *t = s->transaction;

	if ((when & VB_GREETED) != 0 && !s->is_greeted)
		return "Say HELO first";
	if ((when & VB_NO_TRANSACTION) != 0 && t != NULL)
		return "Not within a mail transaction";
	if ((when & (VB_TRANSACTION | VB_RECIPIENT)) != 0 && t == NULL)
		return "Needs a mail transaction: say MAIL first";
	if ((when & VB_RECIPIENT) != 0 && (t == NULL || t->is.recipients == 0))
		return "Needs a recipient: say RCPT first";
	return NULL;
}

/* Out of turn, or with input behind it where none may be. */
static bool
is_in_turn(struct session *s)
{
	const bool must_close = s->has_more &&
	                        (s->command.verb->is->when & VB_LAST) != 0;
	const char *why = out_of_order(s);

	if (must_close && why == NULL)
		why = "Nothing may be sent behind it before its reply";
	if (why != NULL)
		say(s, 503, "5.5.1", "%s", why);
	if (must_close)
		say_bye(s, "4.7.0", "Input where none may be, closing");
	return why == NULL;
}

static bool
is_junk(const struct vb_verb *verb)
{
	return verb->point != VB_AT_MAIL && verb->point != VB_AT_RCPT &&
	       verb->point != VB_AT_DATA;
}

bool
permit(struct session *s)
{
	const struct verb *verb = s->command.verb;

	if (!verb->is_enabled) {
		say_disabled(s);
		return false;
	}
	if (!verb_is_usable(s, verb)) {
		say_required(s);
		return false;
	}
	if (is_junk(verb->is) && s->junk++ >= session_limits(s)->junk) {
		say_bye(s, "4.7.0", "Too many commands without mail");
		return false;
	}
	if (is_too_often(s)) {
		say_too_often(s);
		return false;
	}
	return is_in_turn(s);
}
