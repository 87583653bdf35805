/*
 * One command: its line is taken apart, its verb found, then asked in turn are
 * the guards of any command, the guards of the verb's own point, and the verb.
 *
 * What waits is run again at just the place where it waited; nothing before it
 * is.
 */
#include <assert.h>

#include "core/smtp/state.h"

/* The command is answered. */
static void
finish(struct session *s)
{
	if (s->command.stage == STAGE_MORE)
		transaction_end(s);
	s->command.stage = STAGE_IDLE;
	s->waiting = WAITING_NOT;
	s->until = s->now + session_limits(s)->command_timeout.value * 1000;
	s->is_over = s->is_over || s->closes;
	if (s->is_shutting_down)
		say_bye(s, "4.3.2", "Service shutting down");
}

static void
wait_for_module(struct session *s)
{
	/* A courier that is killed for taking too long is told by a better line
	   than ours: give that a moment. */
	s->waiting = WAITING_MODULE;
	s->wait_end = s->now + 1000 +
	              session_limits(s)->wait_timeout.value * 1000;
}

/* Asks whoever is to be asked at this stage. */
static enum asking
ask_stage(struct session *s)
{
	struct command *c = &s->command;

	switch (c->stage) {
	case STAGE_UNKNOWN:
		return ask_guards(s, VB_AT_UNKNOWN, &c->link);
	case STAGE_GUARDS:
		return ask_guards(s, VB_AT_COMMAND, &c->link);
	case STAGE_POINT:
		assert(c->verb != NULL);
		if (c->verb->is->point == 0)
			return ASKING_PASSED;
		return ask_guards(s, c->verb->is->point, &c->link);
	case STAGE_RUN:
	case STAGE_MORE:
		return run_verb(s);
	case STAGE_IDLE:
	case STAGE_CONNECT:
	case STAGE_TAKING:
		break;
	}
	return ASKING_WAITS;
}

static bool
is_running(const struct session *s)
{
	enum stage stage = s->command.stage;

	return stage != STAGE_IDLE && stage != STAGE_CONNECT &&
	       stage != STAGE_TAKING;
}

/* Does one stage. True when the next is to be done at once. */
static bool
step(struct session *s)
{
	struct command *c = &s->command;
	enum asking answer;

	if (!is_running(s))
		return false;
	answer = ask_stage(s);
	if (answer == ASKING_WAITS) {
		if (s->waiting == WAITING_NOT)
			wait_for_module(s);
		return false;
	}
	s->waiting = WAITING_NOT;
	if (c->stage == STAGE_RUN && s->mode == MODE_MESSAGE) {
		c->stage = STAGE_TAKING;
		return false;
	}
	if (answer == ASKING_PASSED && c->stage == STAGE_UNKNOWN)
		say(s, 500, "5.5.1", "Command unrecognized");
	if (answer == ASKING_REFUSED || c->stage == STAGE_UNKNOWN) {
		finish(s);
		return false;
	}
	c->stage++;
	c->link = 0;
	return true;
}

void
command_go_on(struct session *s)
{
	while (step(s))
		continue;
}

void
command_wait_ended(struct session *s)
{
	const struct command *c = &s->command;
	enum vb_point point = c->stage == STAGE_GUARDS    ? VB_AT_COMMAND
	                      : c->stage == STAGE_UNKNOWN ? VB_AT_UNKNOWN
	                      : c->stage == STAGE_POINT   ? c->verb->is->point
	                                                  : (enum vb_point)0;
	bool in_commit = c->stage == STAGE_MORE && s->transaction != NULL &&
	                 s->transaction->commit == COMMIT_GUARDS;
	size_t link = c->link;

	if (in_commit) {
		point = VB_AT_MESSAGE;
		link = s->transaction->commit_link;
	}
	if (point != 0 && link < s->sites->chains.at[point].n)
		s->running = s->sites->chains.at[point].items[link].module;
	else if (c->verb != NULL)
		s->running = c->verb->module;
	module_failed(s, "waited too long");
	s->running = NULL;
	finish(s);
}

void
command_took_message(struct session *s)
{
	s->mode = MODE_COMMAND;
	s->command.stage = STAGE_MORE;
	s->command.has_replied = false;
	command_go_on(s);
}

/* Guards, then whoever decides what the greeting is. */
static bool
ask_before_greeting(struct session *s)
{
	static const enum vb_point points[] = { VB_AT_CONNECT, VB_AT_BANNER };

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		size_t link = 0;
		enum asking answer = ask_guards(s, points[i], &link);

		if (answer == ASKING_WAITS)
			module_failed(s, "may not wait here");
		if (answer != ASKING_PASSED)
			return s->command.code == 220;
	}
	return true;
}

void
command_connect(struct session *s)
{
	s->command = (struct command){ .stage = STAGE_CONNECT };
	s->command.event.size = sizeof(s->command.event);
	if (!ask_before_greeting(s)) {
		s->is_over = true;
		return;
	}
	say(s, 220, NULL, "%.*s %s ready", VB_FMT(s->client.hostname),
	    session_profile(s) == PROFILE_RFC821
		? "Simple Mail Transfer Service"
		: "SMTP");
	finish(s);
}

static bool
is_http(struct vb_str line)
{
	const struct vb_str mark = VB_STR(" HTTP/1.");

	for (size_t i = 0; i + mark.n <= line.n; i++)
		if (vb_str_eq((struct vb_str){ line.p + i, mark.n }, mark))
			return true;
	return false;
}

static void
say_fault(struct session *s, enum line_fault fault)
{
	static const struct {
		const char *status, *text;
	} faults[] = {
		[LINE_GOOD] = { "5.5.2", "Command unrecognized" },
		[LINE_BARE_LF] = { "5.5.2", "A line ends in CR LF, not in LF" },
		[LINE_BARE_CR] = { "5.5.2", "CR without LF" },
		[LINE_NUL] = { "5.5.2", "NUL is not for commands" },
		[LINE_TOO_LONG] = { "5.5.6", "Line too long" },
	};

	say(s, 500, faults[fault].status, "%s", faults[fault].text);
}

static struct vb_str
upper(struct arena *arena, struct vb_str word)
{
	char *copy = arena_string(arena, word);

	for (size_t i = 0; i < word.n; i++)
		if (copy[i] >= 'a' && copy[i] <= 'z')
			copy[i] = (char)(copy[i] - 'a' + 'A');
	return (struct vb_str){ copy, word.n };
}

static void
forget_command(struct session *s)
{
	s->asked = NULL;
	s->rooms = NULL;
	s->presences = NULL;
	s->kept = NULL;
	arena_reset(s->command_arena);
	s->command = (struct command){ 0 };
	s->reply.n = 0;
	s->reply_code = 0;
}

void
command_begin(struct session *s, struct vb_str line, enum line_fault fault)
{
	struct command *c = &s->command;
	struct vb_str rest;

	forget_command(s);
	rest = arena_copy(s->command_arena, line);
	c->name = upper(s->command_arena, argument_word(&rest));
	c->argument = (struct vb_argument){ .size = sizeof(c->argument),
		.text = rest };
	c->event = (struct vb_event){
		.size = sizeof(c->event),
		.verb = c->name,
		.argument = &c->argument,
	};
	if (fault != LINE_GOOD) {
		say_fault(s, fault);
		finish(s);
		return;
	}
	c->verb = verbs_find(&s->scope->verbs, c->name);
	if (c->verb == NULL && is_http(line)) {
		say_bye(s, "4.7.0", "This is SMTP, not HTTP");
		return;
	}
	if (c->verb != NULL && (!permit(s) || !argument_parse(s))) {
		finish(s);
		return;
	}
	c->stage = c->verb == NULL ? STAGE_UNKNOWN : STAGE_GUARDS;
	command_go_on(s);
}
