/* modules/lmtp.c, against a server that plays a part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/fake.h"

/*
 * A part is a list of lines: what the server says ("S: "), what it must hear
 * ("C: "), and what else it does ("accept", "close", "flood", "trickle",
 * "pause"; to "wait" for the other to hang up, reading, or "deaf"). It is
 * played by a process of its own, which ends with 0 when all went as written.
 */
static struct fake_memory memory;
static void *conf;
static char *root, to[300];
static int listener;
static pid_t server;

#define GREETING                                                               \
	"accept", "S: 220 mail.example.org LMTP", "C: LHLO mx.example.org",    \
	    "S: 250-mail.example.org", "S: 250-8BITMIME", "S: 250-PIPELINING", \
	    "S: 250 ENHANCEDSTATUSCODES"
#define PLAIN_GREETING                                                 \
	"accept", "S: 220 mail.example.org", "C: LHLO mx.example.org", \
	    "S: 250 mail.example.org"
#define ENVELOPE                                        \
	"C: MAIL FROM:<joe@example.net> BODY=8BITMIME", \
	    "C: RCPT TO:<ann@example.org>", "C: DATA"
#define TEXT "C: Subject: hi", "C: ", "C: hi", "C: ."

static char *
hear_line(FILE *in)
{
	static char line[4096];

	if (fgets(line, sizeof(line), in) == NULL)
		return NULL;
	line[strcspn(line, "\r")] = '\0';
	return line;
}

static void
play_wrong(const char *want, const char *got)
{
	fprintf(stderr, "the server wants \"%s\", and got \"%s\"\n", want,
	    got != NULL ? got : "(the end)");
	_exit(1);
}

/* Says the same octets until nobody listens. */
static void
say_on(int fd, const char *bytes, size_t n, int pause_ms)
{
	while (send(fd, bytes, n, MSG_NOSIGNAL) > 0)
		poll(NULL, 0, pause_ms);
}

static void
play_line(const char *line, int *fd, FILE **in)
{
	static char flood[4096];
	char *heard;

	if (strcmp(line, "accept") == 0) {
		*fd = accept(listener, NULL, NULL);
		*in = fdopen(dup(*fd), "r");
	} else if (strcmp(line, "close") == 0) {
		fclose(*in);
		close(*fd);
	} else if (strcmp(line, "flood") == 0) {
		memset(flood, '2', sizeof(flood));
		say_on(*fd, flood, sizeof(flood), 0);
	} else if (strcmp(line, "flood of lines") == 0) {
		say_on(*fd, "250-more\r\n", 10, 0);
	} else if (strcmp(line, "trickle") == 0) {
		say_on(*fd, "2", 1, 50);
	} else if (strcmp(line, "pause") == 0) {
		poll(NULL, 0, 300);
	} else if (strcmp(line, "deaf") == 0) {
		poll(&(struct pollfd){ .fd = *fd }, 1, -1);
	} else if (strcmp(line, "wait") == 0) {
		while (fgetc(*in) != EOF)
			continue;
	} else if (line[0] == 'S') {
		dprintf(*fd, "%s\r\n", line + 3);
	} else {
		heard = hear_line(*in);
		if (heard == NULL || strcmp(heard, line + 3) != 0)
			play_wrong(line + 3, heard);
	}
}

/* Begins to play; one that is left hanging ends of itself. */
static void
play(const char *const *part)
{
	int fd = -1;
	FILE *in = NULL;

	server = fork();
	assert_true(server >= 0);
	if (server > 0)
		return;
	alarm(20);
	signal(SIGPIPE, SIG_IGN); /* it may have hung up */
	for (; *part != NULL; part++)
		play_line(*part, &fd, &in);
	_exit(0);
}

#define PLAY(...) play((const char *const[]){ __VA_ARGS__, NULL })

static void
expect_played(void)
{
	int status;

	assert_int_equal(waitpid(server, &status, 0), server);
	server = 0;
	assert_int_equal(status, 0);
}

static struct fake_delivery
delivery(const char *message)
{
	return (struct fake_delivery){
		.text = message,
		.root = "",
		.d.id = VB_STR("4KQ7"),
		.d.sender = VB_STR("joe@example.net"),
		.d.mailbox = VB_STR("ann@example.org"),
		.d.user = VB_STR("ann"),
		.d.domain = VB_STR("example.org"),
		.d.hostname = VB_STR("mx.example.org"),
	};
}

static void
expect(struct fake_delivery *f, enum vb_outcome outcome, const char *status)
{
	const enum vb_outcome got = fake_deliver(f, conf);

	fake_forget(&f->memory);
	if (got != outcome || strcmp(f->status, status) != 0)
		fail_msg("%d %s: %s", (int)got, f->status, f->said);
}

static void
delivers_with_one_round_for_the_envelope(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

	(void)state;
	PLAY(GREETING, ENVELOPE, "S: 250 2.1.0 OK", "S: 250 2.1.5 OK",
	    "S: 354 OK", TEXT, "S: 250 2.0.0 <ann> Saved");
	expect(&f, VB_DELIVERED, "");
	expect_played();
	assert_non_null(strstr(f.said, "said 250 <ann> Saved"));
}

static void
waits_for_each_reply_where_pipelining_is_not_offered(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

	(void)state;
	PLAY(PLAIN_GREETING, "C: MAIL FROM:<joe@example.net>", "S: 250 OK",
	    "C: RCPT TO:<ann@example.org>", "S: 250 OK", "C: DATA", "S: 354 OK",
	    TEXT, "S: 250 Saved");
	expect(&f, VB_DELIVERED, "");
	expect_played();
}

static void
stuffs_dots_and_leaves_its_return_path_behind(void **state)
{
	static const struct {
		const char *message;
		const char *heard[6];
	} cases[] = {
		{ "Return-Path: <joe@example.net>\nA: b\n\n.\n..\n.a\n",
		    { "C: A: b", "C: ", "C: ..", "C: ...", "C: ..a" } },
		{ "A: b\n\nReturn-Path: <x>\n",
		    { "C: A: b", "C: ", "C: Return-Path: <x>" } },
		{ "Return", { "C: Return" } },
		{ "Return-Paths: x\n", { "C: Return-Paths: x" } },
		{ ".", { "C: .." } },
		{ "a\nb", { "C: a", "C: b" } },
		{ "", { NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery(cases[i].message);
		const char *const *h = cases[i].heard;
		const char *part[] = { GREETING, ENVELOPE, "S: 250 OK",
			"S: 250 OK", "S: 354 OK", NULL, NULL, NULL, NULL, NULL,
			NULL, NULL, NULL };
		size_t n = 13;

		while (*h != NULL)
			part[n++] = *h++;
		part[n++] = "C: .";
		part[n++] = "S: 250 OK";
		f.step = i % 2 == 0 ? 1 : 0;
		play(part);
		expect(&f, VB_DELIVERED, "");
		expect_played();
	}
}

static void
keeps_every_octet_of_a_long_message(void **state)
{
	enum { LINES = 20000 };
	char *message = calloc(LINES, 12), *p = message;
	const char **part = calloc(LINES + 32, sizeof(*part));
	const char *begin[] = { GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK",
		"S: 354 OK" };
	size_t n = sizeof(begin) / sizeof(begin[0]);
	struct fake_delivery f = delivery(message);
	char *lines = calloc(LINES, 16);

	(void)state;
	memcpy(part, begin, sizeof(begin));
	for (int i = 0; i < LINES; i++) {
		p += sprintf(p, "%s%d\n", i % 7 == 0 ? "." : "", i);
		sprintf(lines + i * 16, "C: %s%d", i % 7 == 0 ? ".." : "", i);
		part[n++] = lines + i * 16;
	}
	part[n++] = "C: .";
	part[n++] = "S: 250 OK";
	play(part);
	expect(&f, VB_DELIVERED, "");
	expect_played();
	free(lines);
	free(part);
	free(message);
}

static void
goes_on_with_the_connection_it_has(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

	(void)state;
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", TEXT,
	    "S: 250 OK", "C: RSET", "S: 250 OK", ENVELOPE, "S: 250 OK",
	    "S: 550 5.1.1 No such user", "S: 503 5.5.1 No recipients",
	    "C: RSET", "S: 250 OK", ENVELOPE, "S: 250 OK", "S: 250 OK",
	    "S: 354 OK", TEXT, "S: 452 4.2.2 Full", "C: RSET", "S: 250 OK",
	    ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", TEXT, "S: 250 OK");
	expect(&f, VB_DELIVERED, "");
	expect(&f, VB_NEVER, "5.1.1");
	expect(&f, VB_LATER, "4.2.2");
	expect(&f, VB_DELIVERED, "");
	expect_played();
}

static void
connects_again_when_the_connection_is_gone(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

	(void)state;
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", TEXT,
	    "S: 250 OK", "close", GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK",
	    "S: 354 OK", TEXT, "S: 250 OK", "C: RSET", "S: 421 4.3.2 Closing",
	    "close", GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK",
	    TEXT, "S: 250 OK", "S: 421 4.4.2 Idle for too long", GREETING,
	    ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", TEXT, "S: 250 OK");
	for (int i = 0; i < 4; i++) {
		expect(&f, VB_DELIVERED, "");
		poll(NULL, 0, 100); /* it has closed by then */
	}
	expect_played();
}

static void
says_what_the_server_says(void **state)
{
	static const struct {
		const char *mail, *rcpt, *data, *end;
		enum vb_outcome outcome;
		const char *status, *said;
	} cases[] = {
		{ "S: 451 4.3.0 Busy", "S: 503 No", "S: 503 No", NULL, VB_LATER,
		    "4.3.0", "MAIL: 451 Busy" },
		{ "S: 550 5.7.1 Not you", "S: 503 No", "S: 503 No", NULL,
		    VB_NEVER, "5.7.1", "MAIL: 550 Not you" },
		{ "S: 250 OK", "S: 450 Locked", "S: 503 No", NULL, VB_LATER,
		    "4.0.0", "RCPT: 450 Locked" },
		{ "S: 250 OK", "S: 550 5.1.1 <ann> Unknown", "S: 503 No", NULL,
		    VB_NEVER, "5.1.1", "RCPT: 550 <ann> Unknown" },
		{ "S: 250 OK", "S: 550 4.1.1 Which?", "S: 503 No", NULL,
		    VB_NEVER, "5.0.0", "RCPT: 550 4.1.1 Which?" },
		{ "S: 250 OK", "S: 552-5.2.2 Full\r\n552 5.2.2 really",
		    "S: 503 No", NULL, VB_NEVER, "5.2.2", "RCPT: 552 Full" },
		{ "S: 250 OK", "S: 250 OK", "S: 451 4.3.1 No disk", NULL,
		    VB_LATER, "4.3.1", "DATA: 451 No disk" },
		{ "S: 250 OK", "S: 250 OK", "S: 354 OK", "S: 552 5.2.2 Full",
		    VB_NEVER, "5.2.2", "end of data: 552 Full" },
		{ "S: 250 OK", "S: 250 OK", "S: 354 OK", "S: 451", VB_LATER,
		    "4.0.0", "end of data: 451 " },
		{ "S: 250 OK", "S: 250 OK", "S: 354 OK",
		    "S: 554 5.6.0 \001\033[2J\xff"
		    "x",
		    VB_NEVER, "5.6.0", "end of data: 554 ??[2J?x" },
		{ "S: 250 OK", "S: 250 OK", "S: 250 What?", NULL, VB_LATER,
		    "4.5.0", "DATA: what it said is no reply" },
		{ "S: 250 OK", "S: 354 What?", "S: 503 No", NULL, VB_LATER,
		    "4.5.0", "RCPT: what it said is no reply" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

		if (cases[i].end != NULL)
			PLAY(GREETING, ENVELOPE, cases[i].mail, cases[i].rcpt,
			    cases[i].data, TEXT, cases[i].end);
		else
			PLAY(GREETING, ENVELOPE, cases[i].mail, cases[i].rcpt,
			    cases[i].data);
		expect(&f, cases[i].outcome, cases[i].status);
		assert_non_null(strstr(f.said, cases[i].said));
		expect_played();
	}
}

static void
sends_no_message_where_the_recipient_was_refused(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

	(void)state;
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 550 5.1.1 Unknown",
	    "S: 354 All the same", "wait");
	expect(&f, VB_NEVER, "5.1.1");
	expect_played();
}

static void
puts_off_what_is_refused_before_mail(void **state)
{
	static const char *const greetings[] = { "S: 554 5.7.1 Go away",
		"S: 421 4.3.2 Full", "S: 500 What?" };
	struct fake_delivery f = delivery("a\n");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		PLAY("accept", greetings[i], "wait");
		expect(&f, VB_LATER, "4.3.0");
		expect_played();
	}
	PLAY("accept", "S: 220 OK", "C: LHLO mx.example.org",
	    "S: 502 5.5.2 This is SMTP", "wait");
	expect(&f, VB_LATER, "4.3.0");
	expect_played();
}

static void
is_not_hurt_by_a_server_that_lies(void **state)
{
	static const struct {
		const char *lie, *said;
	} cases[] = {
		{ "flood", "no reply" },
		{ "flood of lines", "no reply" },
		{ "trickle", "timed out" },
		{ "wait", "timed out" },
		{ "close", "reset" },
		{ "S: nonsense", "no reply" },
		{ "S: ", "no reply" },
		{ "S: 99 x", "no reply" },
		{ "S: 150 x", "no reply" },
		{ "S: 650 x", "no reply" },
		{ "S: 250-a\r\n251 b", "no reply" },
		{ "S: 2500", "no reply" },
	};

	(void)state;
	fake_set(&memory, conf, "timeout", "1s");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK",
		    "C: a", "C: .", cases[i].lie);
		assert_int_equal(fake_deliver(&f, conf), VB_LATER);
		fake_forget(&f.memory);
		if (strstr(f.said, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].lie, f.said);
		expect_played();
	}
}

static void
takes_no_yes_that_comes_before_the_end(void **state)
{
	enum { SIZE = 4 << 20 };
	char *message = malloc(SIZE + 1);
	struct fake_delivery f = delivery(message);

	(void)state;
	memset(message, 'a', SIZE);
	for (size_t i = 70; i < SIZE; i += 70)
		message[i] = '\n';
	message[SIZE] = '\0';
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK",
	    "S: 250 Saved already", "wait");
	expect(&f, VB_LATER, "4.5.0");
	expect_played();
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", "pause",
	    "S: 552 5.3.4 Too much", "deaf");
	expect(&f, VB_NEVER, "5.3.4");
	expect_played();
	free(message);
}

static void
takes_no_reply_for_that_to_another_command(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", "C: a",
	    "C: .", "S: 250 one\r\n250 two\r\n250 three", "wait", "close",
	    GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", "C: a",
	    "C: .", "S: 550 5.1.1 No");
	expect(&f, VB_DELIVERED, "");
	expect(&f, VB_NEVER, "5.1.1");
	expect_played();
}

static void
is_put_off_while_nobody_listens(void **state)
{
	static const char *const nowhere[] = { "unix:/no/such/socket",
		"127.0.0.1:1", "[::1]:1" };
	struct fake_delivery f = delivery("a\n");

	(void)state;
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		fake_set(&memory, conf, "to", nowhere[i]);
		expect(&f, VB_LATER, "4.4.1");
	}
}

static void
is_put_off_when_the_message_cannot_be_read(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

	(void)state;
	f.error = EIO;
	f.error_after = 12;
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", "wait");
	expect(&f, VB_LATER, "4.3.0");
	expect_played();
}

static void
names_the_recipient_as_it_is_told(void **state)
{
	static const struct {
		const char *pattern, *user, *rcpt;
	} cases[] = {
		{ "{user}", "ann", "C: RCPT TO:<ann>" },
		{ "{user}+in@other.test", "ann",
		    "C: RCPT TO:<ann+in@other.test>" },
		{ "{user}@{domain}", "fred smith",
		    "C: RCPT TO:<\"fred smith\"@example.org>" },
		{ "{user}@{domain}", "a\"b\\c",
		    "C: RCPT TO:<\"a\\\"b\\\\c\"@example.org>" },
		{ "{user}@{domain}", "a> x",
		    "C: RCPT TO:<\"a> x\"@example.org>" },
		{ "{user}@{domain}", "a..b",
		    "C: RCPT TO:<\"a..b\"@example.org>" },
		{ "{user}@{domain}", "a@b",
		    "C: RCPT TO:<\"a@b\"@example.org>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		f.d.user = vb_str(cases[i].user);
		f.d.sender = VB_STR("");
		fake_set(&memory, conf, "recipient", cases[i].pattern);
		PLAY(GREETING, "C: MAIL FROM:<> BODY=8BITMIME", cases[i].rcpt,
		    "C: DATA", "S: 250 OK", "S: 250 OK", "S: 354 OK", "C: a",
		    "C: .", "S: 250 OK");
		expect(&f, VB_DELIVERED, "");
		expect_played();
	}
}

static void
refuses_names_that_cannot_be_written(void **state)
{
	static const char *const users[] = { "", ".ann", "a/b", "a\r\nDATA",
		"a\x7f", "\001" };

	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		f.d.user = vb_str(users[i]);
		PLAY(GREETING);
		expect(&f, VB_NEVER, "5.1.3");
		expect_played();
	}
}

static void
reaches_a_port_as_well(void **state)
{
	struct fake_delivery f = delivery("a\n");
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof(address);

	(void)state;
	close(listener);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 4), 0);
	getsockname(listener, (struct sockaddr *)&address, &n);
	snprintf(to, sizeof(to), "127.0.0.1:%d", ntohs(address.sin_port));
	fake_set(&memory, conf, "to", to);
	PLAY(GREETING, ENVELOPE, "S: 250 OK", "S: 250 OK", "S: 354 OK", "C: a",
	    "C: .", "S: 250 OK");
	expect(&f, VB_DELIVERED, "");
	expect_played();
}

static void
wants_a_socket_or_a_port(void **state)
{
	static const struct {
		const char *to;
		bool is_good;
	} cases[] = {
		{ "unix:/run/dovecot/lmtp", true },
		{ "127.0.0.1:24", true },
		{ "[::1]:24", true },
		{ "mail.example.org:24", true },
		{ "unix:", false },
		{ "mail.example.org", false },
		{ ":24", false },
		{ "[]:24", false },
		{ "mail.example.org:lmtp", false },
		{ "mail.example.org:", false },
		{ "", false },
	};
	const struct vb_option *o = vb_module.module->options;

	(void)state;
	assert_string_equal(o->name, "to");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_str text = vb_str(cases[i].to);

		if ((o->check(&text) == NULL) != cases[i].is_good)
			fail_msg("%s", cases[i].to);
	}
}

static int
set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	fake_use();
	root = fake_root_create();
	conf = fake_conf(&memory);
	snprintf(to, sizeof(to), "unix:%s/lmtp", root);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/lmtp", root);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 4), 0);
	fake_set(&memory, conf, "to", to);
	fake_set(&memory, conf, "timeout", "10s");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = 0;
	close(listener);
	fake_root_remove(root);
	free(root);
	fake_forget(&memory);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delivers_with_one_round_for_the_envelope),
		TEST(waits_for_each_reply_where_pipelining_is_not_offered),
		TEST(stuffs_dots_and_leaves_its_return_path_behind),
		TEST(keeps_every_octet_of_a_long_message),
		TEST(goes_on_with_the_connection_it_has),
		TEST(connects_again_when_the_connection_is_gone),
		TEST(says_what_the_server_says),
		TEST(sends_no_message_where_the_recipient_was_refused),
		TEST(puts_off_what_is_refused_before_mail),
		TEST(is_not_hurt_by_a_server_that_lies),
		TEST(takes_no_yes_that_comes_before_the_end),
		TEST(takes_no_reply_for_that_to_another_command),
		TEST(is_put_off_while_nobody_listens),
		TEST(is_put_off_when_the_message_cannot_be_read),
		TEST(names_the_recipient_as_it_is_told),
		TEST(refuses_names_that_cannot_be_written),
		TEST(reaches_a_port_as_well),
		TEST(wants_a_socket_or_a_port),
	};

	return cmocka_run_group_tests_name("lmtp", tests, NULL, NULL);
}
