/*
 * Our client over a connection that was turned: what the queue lends goes out,
 * what came of it goes back. The queue and the other are played by the test.
 */
#include "core/process/turned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/packet.h"
#include "core/mail/errand.h"
#include "core/mail/kept_ask.h"
#include "core/mail/report.h"

static const char text[] = "Subject: hi\r\n\r\n.dot\r\n";

static struct notices *notices;
static int ends[2];  /* of notices: the worker's, the queue's */
static int lease;    /* the queue's end of the last lease */
static char dir[40]; /* as state_dir */
static struct turned *turned;
static struct generation generation;
static struct sites sites; /* none: paths stay as they are */

static void
step(void *data)
{
	(void)data;
	turned_step(turned, 0);
}

/* What the queue is asked for, as it reads it. */
static void
take_lease(void)
{
	static char octets[PACKET_MOST];
	struct arena *arena = arena_create();
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(ends[1], octets, fds);
	struct unpack from = { octets, n < 0 ? 0 : (size_t)n, false };
	struct kept_ask ask;

	assert_true(kept_ask_unpack(&from, arena, &ask));
	assert_int_equal(ask.what, KEPT_COLLECT);
	assert_true(vb_str_eq(ask.session, VB_STR("SESSION")));
	assert_int_equal(ask.domains.n, 1);
	assert_true(vb_str_eq(ask.domains.items[0], VB_STR("held.test")));
	lease = fds[0];
	arena_destroy(arena);
}

static void
begin(bool turns_back, bool may_turn_back)
{
	static struct vb_str domain = { "held.test", 9 };
	const struct session_turn turn = { { &domain, 1 }, turns_back };

	turned = turned_create(&(struct turned_settings){
	    .loop = uv_default_loop(),
	    .generation = &generation,
	    .notices = notices,
	    .session = VB_STR("SESSION"),
	    .remote = VB_STR("[192.0.2.1]:25"),
	    .turn = &turn,
	    .may_turn_back = may_turn_back,
	    .changed = step,
	});
	assert_non_null(turned);
	take_lease();
}

static void
end(void)
{
	turned_destroy(turned);
	if (lease >= 0)
		close(lease);
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

/* The queue hands over a message for so many; 0: there is no more. */
static void
lend(size_t recipients, const char *file)
{
	static const struct vb_str all[] = { { "a@held.test", 11 },
		{ "b@held.test", 11 }, { "c@held.test", 11 } };
	const struct errand errand = {
		.id = VB_STR("MESSAGE"),
		.domain = VB_STR("held.test"),
		.reverse_path = VB_STR("x@y.test"),
		.recipients = all,
		.n_recipients = recipients,
		.trace = VB_STR("X-Trace: here\r\n"),
		.file = vb_str(file),
		.at = 3,
		.octets = sizeof(text) - 1,
	};
	struct buffer packed = { 0 };

	errand_pack(&packed, &errand);
	assert_true(packet_send(lease, buffer_str(&packed), NULL, 0));
	buffer_finish(&packed);
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

/* The queue hears "delivered 250 OK|never 550 no"; "" when the lease is back.
 */
static void
hear_report(const char *want)
{
	static const char *const outcomes[] = { "failed", "delivered", "later",
		"never" };
	static char octets[PACKET_MOST];
	struct buffer got = { 0 };
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(lease, octets, fds);
	struct unpack from = { octets, n < 0 ? 0 : (size_t)n, false };
	struct report r;

	assert_true(n >= 0);
	while (from.n > 0 && report_unpack(&from, &r)) {
		buffer_printf(&got, "%s%s %.*s", got.n > 0 ? "|" : "",
		    outcomes[r.outcome], VB_FMT(r.text));
		if (!vb_str_eq(r.text, VB_STR("the message cannot be read")))
			assert_true(
			    vb_str_eq(r.remote, VB_STR("[192.0.2.1]:25")));
	}
	buffer_add(&got, "", 1);
	assert_string_equal(got.p, want);
	buffer_finish(&got);
}

static void
reports_nothing(void)
{
	static char octets[PACKET_MOST];
	int fds[PACKET_FDS];

	assert_int_equal(packet_receive(lease, octets, fds), -1);
}

/* What we say, and then what the other says. */
static void
talk(const char *ours, const char *theirs)
{
	struct buffer *output;

	turned_step(turned, 0);
	output = turned_output(turned);
	if (!vb_str_eq(buffer_str(output), vb_str(ours)))
		fail_msg("said \"%.*s\", not \"%s\"",
		    VB_FMT(buffer_str(output)), ours);
	buffer_drop(output, output->n);
	turned_input(turned, vb_str(theirs));
	turned_step(turned, 0);
}

static void
greet(void)
{
	talk("", "220 them.test\r\n");
	talk("EHLO us.test\r\n", "250-them.test\r\n250 PIPELINING\r\n");
}

#define MAIL   "MAIL FROM:<x@y.test>\r\n"
#define RCPT_A "RCPT TO:<a@held.test>\r\n"
#define RCPT_B "RCPT TO:<b@held.test>\r\n"
#define TEXT   "X-Trace: here\r\nSubject: hi\r\n\r\n..dot\r\n.\r\n"

static void
sends_one_message_after_the_other_and_says_QUIT(void **state)
{
	(void)state;
	begin(false, true);
	lend(1, "message");
	greet();
	for (int i = 0; i < 3; i++) {
		talk(MAIL RCPT_A "DATA\r\n", "250 a\r\n250 b\r\n354 go\r\n");
		reports_nothing();
		talk(TEXT, "250 OK\r\n");
		hear_report("delivered 250 OK");
		talk("", "");
		lend(i < 2, "message");
	}
	talk("QUIT\r\n", "221 bye\r\n");
	assert_int_equal(turned_state(turned), TURNED_OVER);
	end();
}

static void
tells_the_queue_of_each_recipient(void **state)
{
	(void)state;
	begin(false, true);
	greet();
	talk("", "");
	lend(2, "message");
	talk(MAIL RCPT_A RCPT_B "DATA\r\n",
	    "250 a\r\n550 who?\r\n250 c\r\n354 go\r\n");
	talk(TEXT, "250 OK\r\n");
	hear_report("never 550 who?|delivered 250 OK");
	lend(2, "message");
	talk(MAIL RCPT_A RCPT_B "DATA\r\n",
	    "450 busy\r\n503 no\r\n503 no\r\n503 no\r\n");
	hear_report("later 450 busy|later 450 busy");
	lend(0, "");
	talk("RSET\r\n", "250 OK\r\n");
	talk("QUIT\r\n", "221 bye\r\n");
	end();
}

static void
turns_back_once_there_is_no_more(void **state)
{
	(void)state;
	begin(true, true);
	lend(0, "");
	greet();
	talk("TURN\r\n", "250 OK\r\n");
	assert_int_equal(turned_state(turned), TURNED_BACK);
	end();
	begin(true, true);
	lend(0, "");
	greet();
	talk("TURN\r\n", "502 no\r\n");
	assert_int_equal(turned_state(turned), TURNED_GOING);
	talk("QUIT\r\n", "221 bye\r\n");
	assert_int_equal(turned_state(turned), TURNED_OVER);
	end();
	begin(true, false);
	lend(0, "");
	greet();
	talk("QUIT\r\n", "221 bye\r\n");
	end();
}

static void
who_does_not_greet_gets_nothing(void **state)
{
	(void)state;
	begin(false, true);
	lend(1, "message");
	talk("", "554 no\r\n");
	assert_int_equal(turned_state(turned), TURNED_OVER);
	reports_nothing();
	turned_destroy(turned);
	hear_report("");
	close(lease);
}

static void
a_peer_that_is_gone_gives_the_message_back(void **state)
{
	(void)state;
	begin(false, true);
	lend(1, "message");
	greet();
	talk(MAIL RCPT_A "DATA\r\n", "250 a\r\n250 b\r\n354 go\r\n");
	turned_destroy(turned);
	hear_report("");
	close(lease);
}

static void
without_its_queue_it_is_lost(void **state)
{
	(void)state;
	begin(false, true);
	lend(1, "message");
	greet();
	talk(MAIL RCPT_A "DATA\r\n", "250 a\r\n250 b\r\n354 go\r\n");
	close(lease);
	lease = -1;
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	assert_int_equal(turned_state(turned), TURNED_LOST);
	end();
}

static void
two_messages_at_a_time_are_one_too_many(void **state)
{
	(void)state;
	begin(false, true);
	lend(1, "message");
	lend(1, "message");
	assert_int_equal(turned_state(turned), TURNED_LOST);
	end();
}

static void
finishes_what_is_going_when_it_is_to_end(void **state)
{
	(void)state;
	begin(true, true);
	lend(1, "message");
	greet();
	talk(MAIL RCPT_A "DATA\r\n", "250 a\r\n250 b\r\n354 go\r\n");
	turned_finish(turned);
	talk(TEXT, "250 OK\r\n");
	hear_report("delivered 250 OK");
	lend(1, "message");
	talk("QUIT\r\n", "221 bye\r\n");
	assert_int_equal(turned_state(turned), TURNED_OVER);
	reports_nothing();
	end();
}

static void
a_file_that_is_gone_holds_up_nothing(void **state)
{
	(void)state;
	begin(false, true);
	lend(2, "nothing");
	greet();
	talk("", "");
	hear_report(
	    "later the message cannot be read|later the message cannot be read");
	lend(1, "message");
	talk(MAIL RCPT_A "DATA\r\n", "250 a\r\n250 b\r\n354 go\r\n");
	talk(TEXT, "250 OK\r\n");
	hear_report("delivered 250 OK");
	end();
}

static void
makes_no_more_of_a_message_than_is_taken(void **state)
{
	(void)state;
	begin(false, true);
	lend(1, "message");
	greet();
	talk(MAIL RCPT_A "DATA\r\n", "");
	turned_input(turned, VB_STR("250 a\r\n250 b\r\n354 go\r\n"));
	turned_step(turned, 1);
	assert_int_equal(turned_output(turned)->n, 0);
	assert_true(turned_deadline(turned, 1) > 0);
	assert_int_equal(turned_deadline(turned, 0), 0);
	talk(TEXT, "250 OK\r\n");
	hear_report("delivered 250 OK");
	end();
}

static int
open_all(void **state)
{
	static const char *const octets = "###";
	char path[60];
	int fd;

	(void)state;
	strcpy(dir, "/tmp/turned-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/message", dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, octets, 3), 3);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	generation.sites = &sites;
	generation.top.process.hostname = VB_STR("us.test");
	generation.top.process.state_dir.name = dir;
	assert_true(packet_pair(ends));
	notices = notices_create(uv_default_loop(), ends[0]);
	return 0;
}

static int
close_all(void **state)
{
	char path[60];

	(void)state;
	snprintf(path, sizeof(path), "%s/message", dir);
	unlink(path);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    sends_one_message_after_the_other_and_says_QUIT),
		cmocka_unit_test(tells_the_queue_of_each_recipient),
		cmocka_unit_test(turns_back_once_there_is_no_more),
		cmocka_unit_test(who_does_not_greet_gets_nothing),
		cmocka_unit_test(a_peer_that_is_gone_gives_the_message_back),
		cmocka_unit_test(without_its_queue_it_is_lost),
		cmocka_unit_test(two_messages_at_a_time_are_one_too_many),
		cmocka_unit_test(finishes_what_is_going_when_it_is_to_end),
		cmocka_unit_test(a_file_that_is_gone_holds_up_nothing),
		cmocka_unit_test(makes_no_more_of_a_message_than_is_taken),
	};

	return cmocka_run_group_tests_name(
	    "turned", tests, open_all, close_all);
}
