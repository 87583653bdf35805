/*
 * The client: scripts of what the other says and what we are to say to it, and
 * what came of each recipient. Every script is played as it stands, octet by
 * octet, and broken off at every octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/smtp/client_state.h"

static const struct client_patience patience = {
	.greeting = 1000000,
	.command = 2000000,
	.data = 3000000,
	.block = 4000000,
	.end = 5000000,
};

/*
 * A line of a script begins with "S:", what the other says, or with "C:", what
 * we must have said before the other says more. "@send" gives the mail,
 * "@turn", "@quit", "@lost" and "@timeout" do as they are called.
 */
struct script {
	const char *name;
	const char *lines[32];
	const char *results; /* "delivered 250 2.0.0 250 OK|..." */
	size_t recipients;   /* 0: one */
	bool has_8bit, is_over;
};

struct play {
	struct client *client;
	struct client_mail mail;
	const char *body;
	size_t step; /* octets fed at one time; 0: all */
	size_t most; /* of the other's octets; then it is lost */
	bool is_sent, is_lost;
	struct buffer results;
};

static const char *const outcomes[] = {
	[VB_FAILED] = "none",
	[VB_DELIVERED] = "delivered",
	[VB_LATER] = "later",
	[VB_NEVER] = "never",
};

static void
note_results(struct play *p)
{
	const struct client_result *r = client_take_results(p->client);

	for (size_t i = 0; r != NULL && i < p->mail.n_recipients; i++)
		buffer_printf(&p->results, "%s%s%s %d %.*s %.*s",
		    p->results.n > 0 ? "|" : "", outcomes[r[i].outcome],
		    r[i].may_ask_another ? "+" : "", r[i].code,
		    VB_FMT(r[i].status), VB_FMT(r[i].text));
}

/* What whoever has the connection does after each call. */
static void
pump(struct play *p)
{
	for (size_t i = 0; client_wants_body(p->client); i++) {
		assert_true(i < 100);
		if (p->body[i] == '\0')
			client_body_end(p->client);
		else
			client_body(
			    p->client, (struct vb_str){ p->body + i, 1 });
	}
	note_results(p);
}

static void
feed(struct play *p, const char *line)
{
	char octets[600];
	size_t n = (size_t)snprintf(octets, sizeof(octets), "%s\r\n", line);
	size_t step = p->step == 0 ? n : p->step;

	for (size_t i = 0; i < n && !p->is_lost; i += step) {
		size_t k = n - i < step ? n - i : step;

		k = k < p->most ? k : p->most;
		p->most -= k;
		client_input(p->client, (struct vb_str){ octets + i, k });
		p->is_lost = p->most == 0;
		pump(p);
	}
}

static void
hear(struct play *p, const char *script, const char *line)
{
	struct buffer *output = client_output(p->client);
	size_t n = strlen(line);

	if (output->n < n + 2 || memcmp(output->p, line, n) != 0 ||
	    memcmp(output->p + n, "\r\n", 2) != 0)
		fail_msg("%s: said \"%.*s\", not \"%s\"", script,
		    VB_FMT(buffer_str(output)), line);
	buffer_drop(output, n + 2);
}

static void
do_line(struct play *p, const char *script, const char *line)
{
	if (strncmp(line, "S: ", 3) == 0) {
		if (client_output(p->client)->n > 0)
			fail_msg("%s: before \"%s\" said \"%.*s\"", script,
			    line, VB_FMT(buffer_str(client_output(p->client))));
		feed(p, line + 3);
		return;
	}
	if (strncmp(line, "C: ", 3) == 0)
		hear(p, script, line + 3);
	else if (strcmp(line, "@quit") == 0)
		client_quit(p->client);
	else if (strcmp(line, "@turn") == 0)
		client_turn(p->client);
	else if (strcmp(line, "@lost") == 0)
		client_lost(p->client, "the connection was reset");
	else if (strcmp(line, "@timeout") == 0) {
		p->client->until = 0;
		client_timeout(p->client);
	} else if (strcmp(line, "@send") == 0) {
		assert_true(client_is_ready(p->client));
		client_send(p->client, &p->mail);
		p->is_sent = true;
	} else
		fail_msg("%s: what is \"%s\"?", script, line);
	pump(p);
}

static const struct vb_str *
recipients(void)
{
	static struct vb_str all[3];

	all[0] = VB_STR("a@b.test");
	all[1] = VB_STR("c@d.test");
	all[2] = VB_STR("@e.test:f@g.test");
	return all;
}

static struct play
play_begin(const struct script *s)
{
	return (struct play){
		.client = client_create(VB_STR("us.test"), &patience),
		.mail = { .reverse_path = VB_STR("x@y.test"),
		    .recipients = recipients(),
		    .n_recipients = s->recipients == 0 ? 1 : s->recipients,
		    .octets = 10,
		    .has_8bit = s->has_8bit },
		.body = "Hi\r\n.dot\r\n",
		.most = SIZE_MAX,
	};
}

static void
play_end(struct play *p)
{
	client_destroy(p->client);
	buffer_finish(&p->results);
}

static void
play(const struct script *s, size_t step)
{
	struct play p = play_begin(s);

	p.step = step;
	for (size_t i = 0; s->lines[i] != NULL; i++)
		do_line(&p, s->name, s->lines[i]);
	if (client_output(p.client)->n > 0)
		fail_msg("%s: said at last \"%.*s\"", s->name,
		    VB_FMT(buffer_str(client_output(p.client))));
	buffer_add(&p.results, "", 1);
	if (strcmp(p.results.p, s->results == NULL ? "" : s->results) != 0)
		fail_msg("%s: %s", s->name, p.results.p);
	if (client_is_over(p.client) != s->is_over)
		fail_msg("%s: %s over", s->name, s->is_over ? "not" : "is");
	play_end(&p);
}

#define GREET "S: 220 them.test", "C: EHLO us.test"
#define PLAIN GREET, "S: 250 them.test"
#define ALL_OFFERS                                            \
	GREET, "S: 250-them.test hello", "S: 250-PipeLining", \
	    "S: 250-XWHAT a", "S: 250-SIZE 1000", "S: 250 8BITMIME"
#define PIPELINED                                               \
	ALL_OFFERS, "@send", "C: MAIL FROM:<x@y.test> SIZE=10", \
	    "C: RCPT TO:<a@b.test>", "C: RCPT TO:<c@d.test>", "C: DATA"
#define TEXT "C: Hi", "C: ..dot", "C: ."
#define FULL                                                                  \
	PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",               \
	    "C: RCPT TO:<a@b.test>", "S: 250 OK", "C: RCPT TO:<c@d.test>",    \
	    "S: 251 OK", "C: DATA", "S: 354 go", TEXT, "S: 250-2.6.0 Thanks", \
	    "S: 250 2.6.0 id=7"

static const struct script scripts[] = {
	{ .name = "one command after the other",
	    .lines = { FULL },
	    .recipients = 2,
	    .results = "delivered 250 2.6.0 250 2.6.0 Thanks 2.6.0 id=7|"
		       "delivered 250 2.6.0 250 2.6.0 Thanks 2.6.0 id=7" },
	{ .name = "all at once",
	    .lines = { PIPELINED, "S: 250 OK", "S: 250 OK", "S: 250 OK",
		"S: 354 go", TEXT, "S: 250 OK" },
	    .recipients = 2,
	    .results = "delivered 250 2.0.0 250 OK|"
		       "delivered 250 2.0.0 250 OK" },
	{ .name = "8-bit, offered",
	    .lines = { ALL_OFFERS, "@send",
		"C: MAIL FROM:<x@y.test> SIZE=10 BODY=8BITMIME",
		"C: RCPT TO:<a@b.test>", "C: DATA" },
	    .has_8bit = true },
	{ .name = "8-bit, not offered",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>" },
	    .has_8bit = true },
	{ .name = "HELO where EHLO is not known",
	    .lines = { GREET, "S: 500 what?", "C: HELO us.test",
		"S: 250 PIPELINING", "@send", "C: MAIL FROM:<x@y.test>" } },
	{ .name = "offers on the first line are none",
	    .lines = { GREET, "S: 250 PIPELINING", "@send",
		"C: MAIL FROM:<x@y.test>" } },
	{ .name = "too large",
	    .lines = { GREET, "S: 250-them", "S: 250 SIZE 9", "@send" },
	    .results = "never 0 5.3.4 the message is larger than the other "
		       "takes" },
	{ .name = "SIZE 0 is any",
	    .lines = { GREET, "S: 250-them", "S: 250 SIZE 0", "@send",
		"C: MAIL FROM:<x@y.test> SIZE=10" } },
	{ .name = "SIZE alone is any",
	    .lines = { GREET, "S: 250-them", "S: 250 SIZE", "@send",
		"C: MAIL FROM:<x@y.test> SIZE=10" } },
	{ .name = "MAIL refused",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>",
		"S: 550 5.7.1 not you", "C: RSET", "S: 250 OK" },
	    .recipients = 2,
	    .results = "never 550 5.7.1 550 5.7.1 not you|"
		       "never 550 5.7.1 550 5.7.1 not you" },
	{ .name = "MAIL refused for now, pipelined",
	    .lines = { PIPELINED, "S: 450 busy", "S: 503 MAIL?", "S: 503 MAIL?",
		"S: 503 RCPT?", "C: RSET", "S: 250 OK" },
	    .recipients = 2,
	    .results = "later 450 4.0.0 450 busy|later 450 4.0.0 450 busy" },
	{ .name = "MAIL refused, pipelined, and DATA taken",
	    .lines = { PIPELINED, "S: 550 no", "S: 250 OK", "S: 250 OK",
		"S: 354 go", "C: .", "S: 250 OK" },
	    .recipients = 2,
	    .results = "never 550 5.0.0 550 no|never 550 5.0.0 550 no" },
	{ .name = "one refused, one later, one taken",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 550 5.1.1 who?",
		"C: RCPT TO:<c@d.test>", "S: 450 later",
		"C: RCPT TO:<@e.test:f@g.test>", "S: 250 OK", "C: DATA",
		"S: 354 go", TEXT, "S: 250 OK" },
	    .recipients = 3,
	    .results = "never 550 5.1.1 550 5.1.1 who?|"
		       "later 450 4.0.0 450 later|"
		       "delivered 250 2.0.0 250 OK" },
	{ .name = "all refused: no DATA",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 550 no", "C: RCPT TO:<c@d.test>",
		"S: 551 try <z@z.test>", "C: RSET", "S: 250 OK" },
	    .recipients = 2,
	    .results = "never 550 5.0.0 550 no|"
		       "never 551 5.0.0 551 try <z@z.test>" },
	{ .name = "all refused, pipelined, and DATA refused",
	    .lines = { PIPELINED, "S: 250 OK", "S: 550 no", "S: 550 no",
		"S: 554 no valid recipients", "C: RSET", "S: 250 OK" },
	    .recipients = 2,
	    .results = "never 550 5.0.0 550 no|never 550 5.0.0 550 no" },
	{ .name = "all refused, pipelined, and DATA taken: a lone dot",
	    .lines = { PIPELINED, "S: 250 OK", "S: 550 no", "S: 450 no",
		"S: 354 go", "C: .", "S: 554 no valid recipients", "@send",
		"C: MAIL FROM:<x@y.test> SIZE=10", "C: RCPT TO:<a@b.test>",
		"C: RCPT TO:<c@d.test>", "C: DATA" },
	    .recipients = 2,
	    .results = "never 550 5.0.0 550 no|later 450 4.0.0 450 no" },
	{ .name = "552 to RCPT is too many (RFC 5321 §4.5.3.1.10)",
	    .lines = { PIPELINED, "S: 250 OK", "S: 250 OK",
		"S: 552 5.5.3 too many", "S: 354 go", TEXT, "S: 250 OK" },
	    .recipients = 2,
	    .results = "delivered 250 2.0.0 250 OK|"
		       "later 552 4.5.3 552 5.5.3 too many" },
	{ .name = "DATA refused",
	    .lines = { PIPELINED, "S: 250 OK", "S: 250 OK", "S: 550 no",
		"S: 451 disk", "C: RSET", "S: 250 OK" },
	    .recipients = 2,
	    .results = "later 451 4.0.0 451 disk|never 550 5.0.0 550 no" },
	{ .name = "DATA answered 250",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 250 OK", "C: DATA", "S: 250 OK",
		"C: RSET", "S: 250 OK" },
	    .results = "later 0 4.5.0 DATA was answered 250 OK" },
	{ .name = "the message refused",
	    .lines = { PIPELINED, "S: 250 OK", "S: 250 OK", "S: 250 OK",
		"S: 354 go", TEXT, "S: 554 5.7.1 spam" },
	    .recipients = 2,
	    .results = "never 554 5.7.1 554 5.7.1 spam|"
		       "never 554 5.7.1 554 5.7.1 spam" },
	{ .name = "the message refused for now",
	    .lines = { FULL, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 550 no", "C: RCPT TO:<c@d.test>",
		"S: 250 OK", "C: DATA", "S: 354 go", TEXT,
		"S: 452 4.3.1 full" },
	    .recipients = 2,
	    .results =
		"delivered 250 2.6.0 250 2.6.0 Thanks 2.6.0 id=7|"
		"delivered 250 2.6.0 250 2.6.0 Thanks 2.6.0 id=7|"
		"never 550 5.0.0 550 no|later 452 4.3.1 452 4.3.1 full" },
	{ .name = "no service",
	    .lines = { "S: 554 no SMTP here" },
	    .is_over = true },
	{ .name = "no service now",
	    .lines = { "S: 421 busy" },
	    .is_over = true },
	{ .name = "neither EHLO nor HELO",
	    .lines = { GREET, "S: 502 no", "C: HELO us.test", "S: 550 no" },
	    .is_over = true },
	{ .name = "421 in the middle",
	    .lines = { PIPELINED, "S: 250 OK", "S: 550 no",
		"S: 421 4.3.2 going down" },
	    .recipients = 2,
	    .results = "never 550 5.0.0 550 no|"
		       "later+ 421 4.3.2 421 4.3.2 going down",
	    .is_over = true },
	{ .name = "421 after the message",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 250 OK", "C: DATA", "S: 354 go",
		TEXT, "S: 421 going down" },
	    .results = "later 421 4.0.0 421 going down",
	    .is_over = true },
	{ .name = "421 while idle",
	    .lines = { PLAIN, "S: 421 you are too slow" },
	    .is_over = true },
	{ .name = "speaks unasked",
	    .lines = { PLAIN, "S: 250 OK" },
	    .is_over = true },
	{ .name = "answers twice",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 250 OK", "C: DATA", "S: 354 go",
		TEXT, "S: 250 OK", "S: 250 OK" },
	    .results = "delivered 250 2.0.0 250 OK",
	    .is_over = true },
	{ .name = "garbage",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: <html>" },
	    .results = "later+ 0 4.5.0 the other sent what is no reply, "
		       "awaiting the reply to MAIL",
	    .is_over = true },
	{ .name = "lost while idle",
	    .lines = { PLAIN, "@lost" },
	    .is_over = true },
	{ .name = "timeout of DATA",
	    .lines = { PIPELINED, "S: 250 OK", "S: 250 OK", "S: 250 OK",
		"@timeout" },
	    .recipients = 2,
	    .results = "later+ 0 4.4.2 timed out, awaiting the reply to DATA|"
		       "later+ 0 4.4.2 timed out, awaiting the reply to DATA",
	    .is_over = true },
	{ .name = "timeout after the message",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 250 OK",
		"C: RCPT TO:<a@b.test>", "S: 250 OK", "C: DATA", "S: 354 go",
		TEXT, "@timeout" },
	    .results = "later 0 4.4.2 timed out, awaiting the reply to the "
		       "message",
	    .is_over = true },
	{ .name = "QUIT",
	    .lines = { PLAIN, "@quit", "C: QUIT", "S: 221 bye" },
	    .is_over = true },
	{ .name = "QUIT when the mail has ended",
	    .lines = { PLAIN, "@send", "@quit", "C: MAIL FROM:<x@y.test>",
		"S: 550 no", "C: RSET", "S: 250 OK", "C: QUIT", "S: 221 bye" },
	    .results = "never 550 5.0.0 550 no",
	    .is_over = true },
	{ .name = "QUIT, and no answer",
	    .lines = { PLAIN, "@quit", "C: QUIT", "@timeout" },
	    .is_over = true },
	{ .name = "TURN",
	    .lines = { PLAIN, "@turn", "C: TURN", "S: 250 OK" },
	    .is_over = true },
	{ .name = "TURN when the mail has ended",
	    .lines = { FULL, "@turn", "C: TURN", "S: 250 OK" },
	    .recipients = 2,
	    .results = "delivered 250 2.6.0 250 2.6.0 Thanks 2.6.0 id=7|"
		       "delivered 250 2.6.0 250 2.6.0 Thanks 2.6.0 id=7",
	    .is_over = true },
	{ .name = "TURN refused: QUIT",
	    .lines = { PLAIN, "@turn", "C: TURN", "S: 502 no", "C: QUIT",
		"S: 221 bye" },
	    .is_over = true },
	{ .name = "RSET refused",
	    .lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>", "S: 550 no",
		"C: RSET", "S: 502 no" },
	    .results = "never 550 5.0.0 550 no",
	    .is_over = true },
};

enum { SCRIPTS = sizeof(scripts) / sizeof(scripts[0]) };

static void
says_what_it_must_and_hears_what_it_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCRIPTS; i++)
		play(&scripts[i], 0);
}

static void
does_the_same_however_replies_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < SCRIPTS; i++)
		for (size_t step = 1; step < 4; step++)
			play(&scripts[i], step);
}

/* How many octets the other says in a script, and how many of those before the
   reply to the message. */
static size_t
count(const struct script *s, size_t *before_end)
{
	size_t n = 0;

	for (size_t i = 0; s->lines[i] != NULL; i++) {
		if (strncmp(s->lines[i], "S: ", 3) == 0)
			n += strlen(s->lines[i]) - 3 + 2;
		if (strcmp(s->lines[i], "C: .") == 0)
			*before_end = n;
	}
	return n;
}

static void
break_off(const struct script *s, size_t most, const char *result)
{
	struct play p = play_begin(s);
	char want[600] = "";
	bool was_ready;

	p.most = most;
	p.is_lost = most == 0;
	for (size_t i = 0; s->lines[i] != NULL && !p.is_lost; i++)
		do_line(&p, s->name, s->lines[i]);
	client_output(p.client)->n = 0;
	was_ready = client_is_ready(p.client);
	client_lost(p.client, "lost");
	assert_true(client_is_over(p.client));
	note_results(&p);
	if (!p.is_sent && !was_ready)
		assert_int_equal(client_failure(p.client)->outcome, VB_LATER);
	buffer_add(&p.results, "", 1);
	if (p.is_sent)
		snprintf(want, sizeof(want), "%s", result);
	if (memcmp(p.results.p, want, strlen(want)) != 0)
		fail_msg("%s, lost after %zu: %s", s->name, most, p.results.p);
	play_end(&p);
}

static void
knows_what_a_loss_at_any_point_means(void **state)
{
	static const struct script whole[] = {
		{ .name = "plain", .lines = { FULL }, .recipients = 2 },
		{ .name = "pipelined",
		    .lines = { PIPELINED, "S: 250 OK", "S: 250 OK", "S: 250 OK",
			"S: 354 go", TEXT, "S: 250 OK" },
		    .recipients = 2 },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t before_end = 0, n = count(&whole[i], &before_end);

		for (size_t most = 0; most <= n; most++)
			break_off(&whole[i], most,
			    most < before_end ? "later+ 0 4.4.2 lost"
			    : most < n        ? "later 0 4.4.2 lost"
					      : "delivered");
	}
}

static void
tells_why_it_never_got_ready(void **state)
{
	static const struct {
		const char *lines[6];
		enum vb_outcome outcome;
		const char *text;
	} cases[] = {
		{ { "S: 554 no SMTP here" }, VB_NEVER, "554 no SMTP here" },
		{ { "S: 421 busy" }, VB_LATER, "421 busy" },
		{ { "S: 354 hm" }, VB_LATER, "354 hm" },
		{ { GREET, "S: 421 busy" }, VB_LATER, "421 busy" },
		{ { GREET, "S: 450 busy" }, VB_LATER, "450 busy" },
		{ { GREET, "S: 502 no", "C: HELO us.test", "S: 550 no" },
		    VB_NEVER, "550 no" },
		{ { "@timeout" }, VB_LATER,
		    "timed out, awaiting the greeting" },
		{ { GREET, "@lost" }, VB_LATER,
		    "the connection was reset, awaiting the reply to EHLO" },
		{ { "S: GET / HTTP" }, VB_LATER,
		    "the other sent what is no reply, awaiting the greeting" },
		{ { PLAIN }, VB_FAILED, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct play p = play_begin(&(struct script){ 0 });
		const struct client_result *r = client_failure(p.client);

		for (size_t k = 0; cases[i].lines[k] != NULL; k++)
			do_line(&p, cases[i].text, cases[i].lines[k]);
		assert_int_equal(r->outcome, cases[i].outcome);
		assert_true(vb_str_eq(r->text, vb_str(cases[i].text)));
		play_end(&p);
	}
}

static void
tells_what_came_of_TURN(void **state)
{
	static const struct {
		const char *lines[8], *text;
		enum vb_outcome outcome;
		bool has_turned;
	} cases[] = {
		{ { PLAIN, "@turn", "C: TURN" }, "", VB_FAILED, false },
		{ { PLAIN, "@turn", "C: TURN", "S: 250 OK, turning" },
		    "250 OK, turning", VB_DELIVERED, true },
		{ { PLAIN, "@turn", "C: TURN", "S: 502 no" }, "502 no",
		    VB_NEVER, false },
		{ { PLAIN, "@turn", "C: TURN", "S: 450 busy" }, "450 busy",
		    VB_LATER, false },
		{ { PLAIN, "@turn", "C: TURN", "S: 221 bye" },
		    "TURN was answered 221 bye", VB_LATER, false },
		{ { PLAIN, "@turn", "C: TURN", "S: 421 busy" }, "421 busy",
		    VB_LATER, false },
		{ { PLAIN, "@turn", "C: TURN", "@lost" },
		    "the connection was reset, awaiting the reply to TURN",
		    VB_LATER, false },
		{ { PLAIN, "@turn", "C: TURN", "@timeout" },
		    "timed out, awaiting the reply to TURN", VB_LATER, false },
		{ { PLAIN, "@turn", "C: TURN", "S: what?" },
		    "the other sent what is no reply, awaiting the reply to "
		    "TURN",
		    VB_LATER, false },
		{ { PLAIN, "@turn", "C: TURN", "S: 250 OK\r\nHELO b" },
		    "the other sent more behind its reply to TURN", VB_LATER,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct play p = play_begin(&(struct script){ 0 });
		const struct client_result *r = client_turn_result(p.client);

		for (size_t k = 0; cases[i].lines[k] != NULL; k++)
			do_line(&p, cases[i].text, cases[i].lines[k]);
		assert_int_equal(r->outcome, cases[i].outcome);
		if (!vb_str_eq(r->text, vb_str(cases[i].text)))
			fail_msg("%.*s", VB_FMT(r->text));
		assert_int_equal(
		    client_has_turned(p.client), cases[i].has_turned);
		assert_int_equal(client_failure(p.client)->outcome, VB_FAILED);
		play_end(&p);
	}
}

static void
writes_no_path_that_would_disturb_a_line(void **state)
{
	static const struct {
		const char *from, *to, *results;
	} cases[] = {
		{ "x\r\nDATA", "a@b",
		    "never 0 5.1.7 the reverse-path cannot be written in SMTP" },
		{ "x", "a\n@b",
		    "never 0 5.1.3 a forward-path cannot be written in SMTP" },
		{ "x", "\xc3\xa4@b",
		    "never 0 5.1.3 a forward-path cannot be written in SMTP" },
		{ "x", "",
		    "never 0 5.1.3 a forward-path cannot be written in SMTP" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct script s = { .name = cases[i].from,
			.lines = { PLAIN } };
		struct play p = play_begin(&s);
		struct vb_str to = vb_str(cases[i].to);

		p.mail.reverse_path = vb_str(cases[i].from);
		p.mail.recipients = &to;
		for (size_t k = 0; s.lines[k] != NULL; k++)
			do_line(&p, s.name, s.lines[k]);
		do_line(&p, s.name, "@send");
		buffer_add(&p.results, "", 1);
		assert_string_equal(p.results.p, cases[i].results);
		assert_int_equal(client_output(p.client)->n, 0);
		assert_true(client_is_ready(p.client));
		play_end(&p);
	}
}

static int64_t
left(const struct client *c)
{
	/* To the nearest second; a test is quick. */
	return (client_deadline(c) - clock_steady_ms() + 999) / 1000;
}

static void
gives_each_step_its_time(void **state)
{
	const struct script s = { .name = "time" };
	struct play p = play_begin(&s);
	static const struct {
		const char *line;
		int64_t seconds;
	} steps[] = {
		{ "S: 220 hello", 2000 },
		{ "C: EHLO us.test", 2000 },
		{ "S: 250 hello", INT64_MAX },
		{ "@send", 2000 },
		{ "C: MAIL FROM:<x@y.test>", 2000 },
		{ "S: 250 OK", 2000 },
		{ "C: RCPT TO:<a@b.test>", 2000 },
		{ "S: 250 OK", 3000 },
		{ "C: DATA", 3000 },
		{ "S: 354 go", 5000 },
	};

	(void)state;
	assert_int_equal(left(p.client), 1000);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		do_line(&p, s.name, steps[i].line);
		if (steps[i].seconds == INT64_MAX)
			assert_true(client_deadline(p.client) == INT64_MAX);
		else
			assert_int_equal(left(p.client), steps[i].seconds);
	}
	client_timeout(p.client); /* too early: nothing happens */
	assert_false(client_is_over(p.client));
	play_end(&p);
}

static void
holds_little_of_a_large_message(void **state)
{
	const struct script s = { .name = "large",
		.lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>",
		    "S: 250 OK", "C: RCPT TO:<a@b.test>", "S: 250 OK",
		    "C: DATA" } };
	struct play p = play_begin(&s);
	char piece[1000];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (size_t i = 0; s.lines[i] != NULL; i++)
		do_line(&p, s.name, s.lines[i]);
	client_input(p.client, VB_STR("354 go\r\n"));
	for (size_t i = 0; i < 1000 && client_wants_body(p.client); i++)
		client_body(p.client, (struct vb_str){ piece, sizeof(piece) });
	assert_true(client_output(p.client)->n < 70 * 1024);
	client_output(p.client)->n = 0;
	assert_true(client_wants_body(p.client));
	client_body_failed(p.client, "Input/output error");
	note_results(&p);
	buffer_add(&p.results, "", 1);
	assert_string_equal(p.results.p,
	    "later 0 4.3.0 cannot read the message: Input/output error");
	assert_true(client_is_over(p.client));
	play_end(&p);
}

static void
gives_up_when_it_is_answered_before_the_end(void **state)
{
	static const struct {
		const char *reply, *results;
	} cases[] = {
		{ "552 5.3.4 too much\r\n",
		    "never 552 5.3.4 552 5.3.4 too much" },
		{ "451 no\r\n", "later+ 451 4.0.0 451 no" },
		{ "421 no\r\n", "later+ 421 4.0.0 421 no" },
		{ "250 OK\r\n",
		    "later+ 0 4.5.0 answered before the message was there: "
		    "250 OK" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct script s = { .name = "early",
			.lines = { PLAIN, "@send", "C: MAIL FROM:<x@y.test>",
			    "S: 250 OK", "C: RCPT TO:<a@b.test>", "S: 250 OK",
			    "C: DATA" } };
		struct play p = play_begin(&s);

		for (size_t k = 0; s.lines[k] != NULL; k++)
			do_line(&p, s.name, s.lines[k]);
		client_input(p.client, VB_STR("354 go\r\n"));
		client_body(p.client, VB_STR("Hi\r\n"));
		client_input(p.client, vb_str(cases[i].reply));
		note_results(&p);
		buffer_add(&p.results, "", 1);
		assert_string_equal(p.results.p, cases[i].results);
		assert_true(client_is_over(p.client));
		play_end(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_must_and_hears_what_it_is_told),
		cmocka_unit_test(does_the_same_however_replies_are_cut),
		cmocka_unit_test(knows_what_a_loss_at_any_point_means),
		cmocka_unit_test(tells_why_it_never_got_ready),
		cmocka_unit_test(tells_what_came_of_TURN),
		cmocka_unit_test(writes_no_path_that_would_disturb_a_line),
		cmocka_unit_test(gives_each_step_its_time),
		cmocka_unit_test(holds_little_of_a_large_message),
		cmocka_unit_test(gives_up_when_it_is_answered_before_the_end),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
