/*
 * A client: octets in, octets out, time, greeting and farewell.
 *
 * 421 may come in place of any reply, and as well when none is awaited (RFC
 * 5321 §4.2.3). After it, and after anything that is no reply, the connection
 * is given up.
 */
#include "core/smtp/client.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/smtp/client_state.h"

enum { QUIT_MS = 5000 };

struct client *
client_create(struct vb_str name, const struct client_patience *patience)
{
	struct client *c = must_alloc(sizeof(*c));

	c->arena = arena_create();
	c->mail_arena = arena_create();
	c->name = arena_copy(c->arena, name);
	c->patience = *patience;
	c->until = clock_steady_ms() + patience->greeting;
	return c;
}

void
client_destroy(struct client *c)
{
	if (c == NULL)
		return;
	reply_reader_finish(&c->reply);
	buffer_finish(&c->output);
	arena_destroy(c->arena);
	arena_destroy(c->mail_arena);
	free(c);
}

struct buffer *
client_output(struct client *c)
{
	return &c->output;
}

bool
client_is_over(const struct client *c)
{
	return c->step == CLIENT_OVER;
}

bool
client_is_ready(const struct client *c)
{
	return c->step == CLIENT_READY;
}

const struct client_result *
client_failure(const struct client *c)
{
	return &c->failure;
}

int64_t
client_deadline(const struct client *c)
{
	return c->step == CLIENT_READY || c->step == CLIENT_OVER ? INT64_MAX
	                                                         : c->until;
}

static bool
has_mail(const struct client *c)
{
	return c->step == CLIENT_ENVELOPE || c->step == CLIENT_BODY ||
	       c->step == CLIENT_END;
}

/* Where results live. */
static struct arena *
arena_of(struct client *c)
{
	return has_mail(c) ? c->mail_arena : c->arena;
}

void
client_end(struct client *c)
{
	c->step = CLIENT_OVER;
	buffer_finish(&c->output);
}

void
client_fail(struct client *c, struct client_result result)
{
	if (c->step <= CLIENT_HELO)
		c->failure = result;
	if (has_mail(c))
		client_mail_end(c, result);
	if (c->step == CLIENT_TURN)
		c->turn = result;
	client_end(c);
}

/* What the other is to do next, for a sentence. */
static const char *
awaited(const struct client *c)
{
	static const char *const words[] = {
		[CLIENT_GREETING] = "the greeting",
		[CLIENT_EHLO] = "the reply to EHLO",
		[CLIENT_HELO] = "the reply to HELO",
		[CLIENT_BODY] = "the message to be taken",
		[CLIENT_END] = "the reply to the message",
		[CLIENT_TURN] = "the reply to TURN",
	};

	if (c->step != CLIENT_ENVELOPE)
		return words[c->step];
	if (c->answered == 0)
		return "the reply to MAIL";
	return c->answered <= c->mail.n_recipients ? "the reply to RCPT"
	                                           : "the reply to DATA";
}

/* The connection failed. */
static void
fail(struct client *c, struct client_result result)
{
	result.may_ask_another = c->step != CLIENT_END;
	client_fail(c, result);
}

/* It did, by no word of the other's. */
static void
give_up(struct client *c, const char *status, const char *what)
{
	if (has_mail(c) || c->step <= CLIENT_HELO || c->step == CLIENT_TURN)
		fail(c, client_problem(arena_of(c), status, "%s, awaiting %s",
			    what, awaited(c)));
	else
		client_end(c);
}

void
client_lost(struct client *c, const char *why)
{
	if (c->step != CLIENT_OVER)
		give_up(c, "4.4.2", why);
}

void
client_timeout(struct client *c)
{
	if (clock_steady_ms() >= client_deadline(c))
		give_up(c, "4.4.2", "timed out");
}

void
client_say(
    struct client *c, enum client_step step, const char *command, int64_t ms)
{
	buffer_printf(&c->output, "%s", command);
	c->step = step;
	c->until = clock_steady_ms() + ms;
}

static void
greet(struct client *c, enum client_step step, const char *verb)
{
	client_say(c, step, verb, c->patience.command);
	buffer_printf(&c->output, " %.*s\r\n", VB_FMT(c->name));
}

void
client_be_ready(struct client *c)
{
	c->step = CLIENT_READY;
	if (c->wants_quit)
		client_say(c, CLIENT_QUIT, "QUIT\r\n", QUIT_MS);
}

void
client_quit(struct client *c)
{
	c->wants_quit = true;
	if (c->step == CLIENT_READY)
		client_be_ready(c);
}

void
client_reset(struct client *c)
{
	client_say(c, CLIENT_RSET, "RSET\r\n", c->patience.command);
}

/* A reply of those before the first mail: any 2yz will do. */
static void
greeting_answered(struct client *c)
{
	if (c->reply.code < 300) {
		if (c->step == CLIENT_GREETING) {
			greet(c, CLIENT_EHLO, "EHLO");
			return;
		}
		if (c->step == CLIENT_EHLO)
			client_take_offers(c);
		client_be_ready(c);
		return;
	}
	if (c->step == CLIENT_EHLO && c->reply.code >= 500)
		greet(c, CLIENT_HELO, "HELO");
	else
		client_fail(c, client_judge(c, c->arena));
}

static void
answered(struct client *c)
{
	if (c->reply.code == 421 && c->step != CLIENT_QUIT) {
		fail(c, client_judge(c, arena_of(c)));
		return;
	}
	if (c->step <= CLIENT_HELO)
		greeting_answered(c);
	else if (has_mail(c))
		client_mail_reply(c);
	else if (c->step == CLIENT_TURN)
		client_turn_reply(c);
	else if (c->step == CLIENT_RSET && c->reply.code < 300)
		client_be_ready(c);
	else /* QUIT, or it speaks unasked */
		client_end(c);
}

/* Is a reply awaited? One that is not, and is no 421, is no reply. */
static bool
is_in_turn(const struct client *c)
{
	return c->step != CLIENT_ENVELOPE || c->answered < c->said;
}

void
client_input(struct client *c, struct vb_str octets)
{
	while (octets.n > 0 && c->step != CLIENT_OVER) {
		enum reply_taken taken = reply_take(&c->reply, &octets);

		if (taken == REPLY_MORE)
			return;
		c->has_more = octets.n > 0;
		if (taken == REPLY_WHOLE && is_in_turn(c))
			answered(c);
		else
			give_up(c, "4.5.0", "the other sent what is no reply");
	}
}
