/*
 * The end of the data: what the core has against the message, what the guards
 * have, and then the host, who makes it durable. What the host says is the
 * reply (RFC 5321 §4.1.1.4, §6.1).
 */
#include "core/base/clock.h"
#include "core/smtp/source_route.h"
#include "core/smtp/state.h"

/* What the core itself has against the message. False when it was answered. */
static bool
check(struct session *s)
{
	const struct transaction *t = s->transaction;
	int refused = session_profile(s) == PROFILE_RFC821 ? 554 : 550;

	if (t->text.fault != TEXT_GOOD) {
		static const char *const faults[] = {
			[TEXT_GOOD] = "",
			[TEXT_BARE_LF] = "LF without CR",
			[TEXT_BARE_CR] = "CR without LF",
			[TEXT_NUL] = "a NUL",
		};

		session_log(s, VB_NOTICE, "refused", "id=%.*s reason=%s",
		    VB_FMT(t->is.id), faults[t->text.fault]);
		say(s, refused, "5.5.2",
		    "The message has %s in it, nothing was taken",
		    faults[t->text.fault]);
		return false;
	}
	if (t->is_too_large) {
		say(s, 552, "5.3.4", "Message larger than %llu octets",
		    (unsigned long long)session_limits(s)->message.value);
		return false;
	}
	if (t->received > session_limits(s)->received) {
		say(s, 554, "5.4.6",
		    "Too many hops: this mail goes in circles");
		return false;
	}
	if (t->has_failed) {
		say(s, 451, "4.3.0", "Local error, try again later");
		return false;
	}
	return true;
}

void
core_settle(struct vb_session *vs, size_t n, enum vb_outcome outcome,
    const char *status, const char *text)
{
	struct session *s = session_of(vs);
	struct arena *arena = s->transaction_arena;
	struct aside *aside;

	if (s->hook != VB_AT_MESSAGE || (aside = reach_aside(s, n)) == NULL) {
		session_log(s, VB_ERROR, "out-of-turn",
		    "module=%s: vb_settle() does nothing here",
		    s->running->name);
		return;
	}
	aside->is_served = outcome == VB_DELIVERED;
	if (outcome == VB_NEVER)
		aside->failure = (struct message_failure){
			arena_copy(arena, vb_str(status)),
			arena_copy(arena, vb_str(text)),
		};
}

/* Those who have the message already are not among its recipients. */
static void
leave_out_served(struct session *s, struct message *m)
{
	const struct transaction *t = s->transaction;
	struct arena *arena = s->transaction_arena;
	struct vb_found *to;
	struct message_failure *failures;

	if (t->asides == NULL)
		return;
	to = arena_alloc(arena, m->n_recipients * sizeof(*to));
	failures = arena_alloc(arena, m->n_recipients * sizeof(*failures));
	m->n_recipients = 0;
	for (size_t i = 0; i < t->is.recipients; i++) {
		if (t->asides[i].is_served)
			continue;
		to[m->n_recipients] = t->recipients[i];
		failures[m->n_recipients++] = t->asides[i].failure;
	}
	m->recipients = to;
	m->failures = failures;
}

/* False when there is nobody to store it for: then it is answered. */
static bool
store(struct session *s)
{
	struct transaction *t = s->transaction;
	struct message message = {
		.id = t->is.id,
		.scope = s->scope,
		.session = s->client.session,
		.reverse_path = t->reverse_path.mailbox,
		.return_path = source_route_join(s->transaction_arena,
		    t->reverse_path.route, t->reverse_path.mailbox),
		.trace = trace_received(s, s->transaction_arena),
		.octets = t->is.octets,
		.has_8bit = t->has_8bit,
		.arrived = clock_wall_us() / 1000000,
		.recipients = t->recipients,
		.n_recipients = t->is.recipients,
	};

	leave_out_served(s, &message);
	if (message.n_recipients < t->is.recipients &&
	    message.n_recipients == 0) {
		say(s, 250, "2.0.0", "OK, %.*s", VB_FMT(t->is.id));
		return false;
	}
	body_flush(s);
	t->commit = COMMIT_STORING;
	s->waiting = WAITING_STORE;
	s->host->store(s->host_data, &message);
	return true;
}

static void
answer_stored(struct session *s)
{
	struct transaction *t = s->transaction;
	int code = t->stored_code;

	if (!codes_has(&s->command.verb->more_codes, code))
		code = code < 500 ? 451 : 554;
	if (code == 250) {
		s->junk = 0;
		s->command.event.point = VB_AT_STORED;
		tell(s, VB_AT_STORED, 0);
	}
	say(s, code, t->stored_status, "%.*s", VB_FMT(t->stored_text));
}

enum vb_verdict
core_commit(struct vb_session *vs)
{
	struct session *s = session_of(vs);
	struct transaction *t = s->transaction;
	enum asking asking;

	if (!may_act(s, "vb_commit") || t == NULL ||
	    s->command.stage != STAGE_MORE)
		return VB_FAIL;
	if (t->commit == COMMIT_CHECK) {
		if (!check(s))
			return VB_DONE;
		t->commit = COMMIT_GUARDS;
	}
	if (t->commit == COMMIT_GUARDS) {
		asking = ask_guards(s, VB_AT_MESSAGE, &t->commit_link);
		if (asking != ASKING_PASSED)
			return asking == ASKING_WAITS ? VB_WAIT : VB_DONE;
		if (!tell(s, VB_AT_HEADER, 0)) {
			say(s, 451, "4.3.0", "Local error, try again later");
			return VB_DONE;
		}
		return store(s) ? VB_WAIT : VB_DONE;
	}
	if (t->commit == COMMIT_STORING)
		return VB_WAIT;
	answer_stored(s);
	return VB_DONE;
}
