/*
 * One mail: MAIL, RCPT for each recipient, DATA, the message, its end.
 *
 * Where PIPELINING is offered all commands are said at once (RFC 2920 §3.1),
 * and their replies counted off; else each when the one before was answered.
 * When nobody is accepted no message is given: DATA is not said, or, where it
 * was and is answered 354 all the same, a lone dot follows.
 */
#include <assert.h>

#include "core/base/clock.h"
#include "core/smtp/client_state.h"

enum { UNSENT_MOST = 64 * 1024, PATH_MOST = 1000 };

/* What would end a command line or disturb it must not get into one. */
static bool
is_clean(struct vb_str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] < ' ' || path.p[i] > '~')
			return false;
	return path.n <= PATH_MOST;
}

/* MAIL, each RCPT, DATA */
static size_t
commands(const struct client *c)
{
	return c->mail.n_recipients + 2;
}

static void
say_mail(struct client *c)
{
	buffer_printf(
	    &c->output, "MAIL FROM:<%.*s>", VB_FMT(c->mail.reverse_path));
	if (c->has_size)
		buffer_printf(&c->output, " SIZE=%llu",
		    (unsigned long long)c->mail.octets);
	if (c->has_8bitmime && c->mail.has_8bit)
		buffer_printf(&c->output, " BODY=8BITMIME");
	buffer_printf(&c->output, "\r\n");
}

/* The next command. */
static void
say_next(struct client *c)
{
	size_t k = c->said++;

	if (k == 0)
		say_mail(c);
	else if (k < commands(c) - 1)
		buffer_printf(&c->output, "RCPT TO:<%.*s>\r\n",
		    VB_FMT(c->mail.recipients[k - 1]));
	else
		buffer_printf(&c->output, "DATA\r\n");
}

/* Says what may be said now; then the next reply is awaited. */
static void
say_on(struct client *c)
{
	bool is_last = c->answered == commands(c) - 1;

	if (c->said == c->answered)
		say_next(c);
	while (c->has_pipelining && c->said < commands(c))
		say_next(c);
	c->until = clock_steady_ms() +
	           (is_last ? c->patience.data : c->patience.command);
}

/* Why this mail cannot be sent here, if so; nothing has been said yet. */
static const char *
find_obstacle(const struct client *c)
{
	if (!is_clean(c->mail.reverse_path))
		return "5.1.7 the reverse-path cannot be written in SMTP";
	for (size_t i = 0; i < c->mail.n_recipients; i++)
		if (!is_clean(c->mail.recipients[i]) ||
		    c->mail.recipients[i].n == 0)
			return "5.1.3 a forward-path cannot be written in SMTP";
	if (c->size > 0 && c->mail.octets > c->size)
		return "5.3.4 the message is larger than the other takes";
	return NULL;
}

void
client_send(struct client *c, const struct client_mail *mail)
{
	const char *obstacle;

	assert(c->step == CLIENT_READY && mail->n_recipients > 0);
	arena_reset(c->mail_arena);
	c->mail = *mail;
	c->results = arena_alloc(
	    c->mail_arena, mail->n_recipients * sizeof(*c->results));
	c->is_accepted = arena_alloc(c->mail_arena, mail->n_recipients);
	c->n_accepted = c->said = c->answered = 0;
	c->is_refused = c->has_results = false;
	c->stuffing = (struct stuffing){ 0 };
	obstacle = find_obstacle(c);
	if (obstacle != NULL) {
		client_mail_end(c, client_problem(c->mail_arena,
				       arena_string(c->mail_arena,
					   (struct vb_str){ obstacle, 5 }),
				       "%s", obstacle + 6));
		return;
	}
	c->step = CLIENT_ENVELOPE;
	say_on(c);
}

void
client_mail_end(struct client *c, struct client_result result)
{
	for (size_t i = 0; i < c->mail.n_recipients; i++)
		if (c->results[i].outcome == VB_FAILED)
			c->results[i] = result;
	c->has_results = true;
}

const struct client_result *
client_take_results(struct client *c)
{
	if (!c->has_results)
		return NULL;
	c->has_results = false;
	return c->results;
}

static void
mail_answered(struct client *c)
{
	struct client_result result = client_judge(c, c->mail_arena);

	if (result.outcome == VB_DELIVERED)
		return;
	c->is_refused = true;
	for (size_t i = 0; i < c->mail.n_recipients; i++)
		c->results[i] = result;
}

static void
recipient_answered(struct client *c, size_t i)
{
	struct client_result result = client_judge_recipient(c, c->mail_arena);

	if (c->is_refused)
		return;
	if (result.outcome != VB_DELIVERED) {
		c->results[i] = result;
		return;
	}
	c->is_accepted[i] = true;
	c->n_accepted++;
}

static void
data_answered(struct client *c)
{
	struct client_result result = client_judge(c, c->mail_arena);

	if (result.code != 354) {
		if (result.outcome == VB_DELIVERED)
			result = client_problem(c->mail_arena, "4.5.0",
			    "DATA was answered %.*s", VB_FMT(result.text));
		client_mail_end(c, result);
		client_reset(c);
		return;
	}
	c->step = CLIENT_BODY;
	c->until = clock_steady_ms() + c->patience.block;
	if (c->n_accepted == 0)
		client_body_end(c);
}

/* Nothing is to be given: everybody has a result. */
static void
give_up(struct client *c)
{
	client_mail_end(c, (struct client_result){ .outcome = VB_LATER });
	client_reset(c);
}

static void
envelope_answered(struct client *c)
{
	size_t k = c->answered++;

	if (k == 0)
		mail_answered(c);
	else if (k < commands(c) - 1)
		recipient_answered(c, k - 1);
	else {
		data_answered(c);
		return;
	}
	if (c->said == c->answered &&
	    (c->is_refused ||
		(c->answered == commands(c) - 1 && c->n_accepted == 0)))
		give_up(c);
	else
		say_on(c);
}

/* The other has its say before the message is there: it wants no more. */
static void
answered_early(struct client *c)
{
	struct client_result result = client_judge(c, c->mail_arena);

	if (result.code < 400)
		result = client_problem(c->mail_arena, "4.5.0",
		    "answered before the message was there: %.*s",
		    VB_FMT(result.text));
	result.may_ask_another = result.outcome == VB_LATER;
	client_fail(c, result);
}

static void
end_answered(struct client *c)
{
	client_mail_end(c, client_judge(c, c->mail_arena));
	client_be_ready(c);
}

void
client_mail_reply(struct client *c)
{
	if (c->step == CLIENT_ENVELOPE)
		envelope_answered(c);
	else if (c->step == CLIENT_BODY)
		answered_early(c);
	else
		end_answered(c);
}

bool
client_wants_body(const struct client *c)
{
	return c->step == CLIENT_BODY && c->output.n < UNSENT_MOST;
}

void
client_body(struct client *c, struct vb_str octets)
{
	stuffing_add(&c->stuffing, octets, &c->output);
	c->until = clock_steady_ms() + c->patience.block;
}

void
client_body_end(struct client *c)
{
	stuffing_end(&c->stuffing, &c->output);
	c->step = CLIENT_END;
	c->until = clock_steady_ms() + c->patience.end;
}

void
client_body_failed(struct client *c, const char *why)
{
	client_fail(c, client_problem(c->mail_arena, "4.3.0",
			   "cannot read the message: %s", why));
}
