/*
 * modules/tty.c, with real terminals: pairs of pseudo-terminals, a file that
 * says who is logged in, and a logind of the test's own. Wants root, which can
 * give a terminal to the group tty.
 */
#define _GNU_SOURCE /* utmpxname */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include "tests/unit/fake.h"
#include "tests/unit/harmless.h"

/* A terminal of ours: our end is what a person would look at. */
struct terminal {
	int ours, theirs;
	char line[64]; /* "pts/3" */
};

static struct fake_memory memory;
static void *conf;
static char utmp[] = "/tmp/verbena-utmp-XXXXXX";
static const char *session_tty; /* what our logind says */
static const char *session_state = "active", *session_class = "user";

int
sd_uid_get_sessions(uid_t uid, int require_active, char ***sessions)
{
	(void)require_active;
	if (session_tty == NULL || uid != getuid())
		return 0;
	*sessions = calloc(2, sizeof(**sessions));
	assert_non_null(*sessions);
	(*sessions)[0] = strdup("c1");
	return 1;
}

int
sd_session_get_state(const char *session, char **state)
{
	assert_string_equal(session, "c1");
	*state = strdup(session_state);
	return 0;
}

int
sd_session_get_class(const char *session, char **class)
{
	(void)session;
	*class = strdup(session_class);
	return 0;
}

int
sd_session_get_tty(const char *session, char **tty)
{
	(void)session;
	*tty = strdup(session_tty);
	return 0;
}

static const char *
me(void)
{
	return getpwuid(getuid())->pw_name;
}

static struct terminal
terminal_open(void)
{
	struct terminal t;
	struct termios modes;

	assert_int_equal(openpty(&t.ours, &t.theirs, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(t.theirs, &modes), 0);
	modes.c_oflag &= ~(tcflag_t)OPOST;
	modes.c_iflag |= IUTF8;
	assert_int_equal(tcsetattr(t.theirs, TCSANOW, &modes), 0);
	snprintf(t.line, sizeof(t.line), "%s", ttyname(t.theirs) + 5);
	assert_int_equal(
	    fchown(t.theirs, getuid(), getgrnam("tty")->gr_gid), 0);
	assert_int_equal(fchmod(t.theirs, 0620), 0);
	fcntl(t.ours, F_SETFL, O_NONBLOCK);
	return t;
}

static void
terminal_close(struct terminal *t)
{
	close(t->ours);
	close(t->theirs);
}

/* What stands there; lives until the next call. */
static const char *
terminal_text(const struct terminal *t, size_t *n)
{
	static char text[16384];
	ssize_t got = read(t->ours, text, sizeof(text) - 1);

	*n = got < 0 ? 0 : (size_t)got;
	text[*n] = '\0';
	return text;
}

static void
log_in(const char *user, const char *line, pid_t pid)
{
	struct utmpx entry = { .ut_type = USER_PROCESS, .ut_pid = pid };

	memcpy(entry.ut_user, user, strnlen(user, sizeof(entry.ut_user)));
	memcpy(entry.ut_line, line, strnlen(line, sizeof(entry.ut_line)));
	snprintf(entry.ut_id, sizeof(entry.ut_id), "%s",
	    line + (strlen(line) > 3 ? strlen(line) - 3 : 0));
	utmpxname(utmp);
	setutxent();
	assert_non_null(pututxline(&entry));
	endutxent();
}

static struct fake_delivery
delivery(const char *text)
{
	return (struct fake_delivery){
		.text = text,
		.n = strlen(text),
		.d.sender = VB_STR("ann@a.test"),
		.d.client = VB_STR("192.0.2.7"),
		.d.user = vb_str(me()),
		.d.is_mailed = true,
	};
}

static enum vb_presence
presence_of(const char *user)
{
	struct fake_delivery f = delivery("");

	f.d.user = vb_str(user);
	return vb_module.module->terminals->presence(&f.d, conf);
}

static enum vb_shown
show_delivery(struct fake_delivery *f)
{
	return vb_module.module->terminals->show(&f->d, conf);
}

static enum vb_shown
show(const char *text)
{
	struct fake_delivery f = delivery(text);

	return show_delivery(&f);
}

static int
begin(void **state)
{
	int fd = open(utmp, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	close(fd);
	fake_use();
	conf = fake_conf(&memory);
	fake_set(&memory, conf, "utmp", utmp);
	fake_set(&memory, conf, "deadline", "1s");
	session_tty = NULL;
	session_state = "active";
	session_class = "user";
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fake_forget(&memory);
	return 0;
}

static void
finds_who_is_logged_in(void **state)
{
	struct terminal t = terminal_open();

	(void)state;
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	log_in(me(), t.line, getpid());
	assert_int_equal(presence_of(me()), VB_PRESENCE_HERE);
	assert_int_equal(presence_of("nobody"), VB_PRESENCE_AWAY);
	assert_int_equal(presence_of("no such user"), VB_PRESENCE_AWAY);
	terminal_close(&t);
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
}

static void
believes_logind_as_well(void **state)
{
	struct terminal t = terminal_open();

	(void)state;
	session_tty = t.line;
	assert_int_equal(presence_of(me()), VB_PRESENCE_HERE);
	session_state = "closing";
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	session_state = "online";
	session_class = "greeter";
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	session_class = "user";
	/* Both know of it: it is one all the same. */
	log_in(me(), t.line, getpid());
	assert_int_equal(show("Subject: x\n\nonce\n"), VB_SHOWN_ALL);
	{
		size_t n;
		const char *text = terminal_text(&t, &n);

		assert_non_null(strstr(text, "once"));
		assert_null(strstr(strstr(text, "once") + 1, "once"));
	}
	terminal_close(&t);
}

static void
does_not_believe_entries_that_nothing_backs(void **state)
{
	struct terminal t = terminal_open();
	static const char *const lines[] = { "null", "../dev/null", "/dev/tty",
		"pts/../null", "pts/999999", ":0" };
	pid_t gone = fork();

	(void)state;
	if (gone == 0)
		_exit(0);
	while (kill(gone, 0) == 0) {
		struct timespec moment = { 0, 1000000 };

		waitpid(gone, NULL, 0);
		nanosleep(&moment, NULL);
	}
	log_in(me(), t.line, gone);
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		log_in(me(), lines[i], getpid());
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	terminal_close(&t);
}

static void
heeds_mesg_n_and_whose_terminal_it_is(void **state)
{
	struct terminal t = terminal_open();

	(void)state;
	log_in(me(), t.line, getpid());
	assert_int_equal(fchmod(t.theirs, 0600), 0);
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	assert_int_equal(show("\nx\n"), VB_SHOWN_NOT);
	assert_int_equal(fchmod(t.theirs, 0620), 0);
	assert_int_equal(fchown(t.theirs, 65534, (gid_t)-1), 0);
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	assert_int_equal(fchown(t.theirs, getuid(), 65534), 0);
	assert_int_equal(presence_of(me()), VB_PRESENCE_AWAY);
	terminal_close(&t);
}

static void
assert_shows(const struct terminal *t, const char *text, const char *stands)
{
	struct fake_delivery f = delivery(text);
	const char *got;
	char want[4096];
	size_t n;

	f.d.arrived = time(NULL);
	assert_int_equal(show_delivery(&f), VB_SHOWN_ALL);
	got = terminal_text(t, &n);
	assert_true(is_harmless(got, n, "\r\n", true));
	n = strftime(want, sizeof(want),
	    "\r\nMessage from <ann@a.test> at 192.0.2.7, %H:%M\r\n",
	    localtime(&(time_t){ f.d.arrived }));
	snprintf(want + n, sizeof(want) - n, "%s", stands);
	assert_string_equal(got, want);
}

static void
shows_from_subject_and_text_decoded(void **state)
{
	static const struct {
		const char *text, *stands;
	} cases[] = {
		{ "Received: from x\nFrom: Ann <ann@a.test>\nTo: me\n"
		  "Subject: lunch\nX-Evil: \033[2J\n\nIn ten minutes?\n\n\n",
		    "From: Ann <ann@a.test>\r\nSubject: lunch\r\n\r\n"
		    "In ten minutes?\r\nEOF\r\n" },
		{ "just words\n", "\r\njust words\r\nEOF\r\n" },
		{ "From: =?iso-8859-1?q?J=FCrgen?= <j@a.test>\n"
		  "Subject: =?utf-8?b?4oKsIDEw?=\n"
		  "MIME-Version: 1.0\n"
		  "Content-Type: text/plain; charset=iso-8859-1\n"
		  "Content-Transfer-Encoding: quoted-printable\n\n"
		  "F=FCnf Uhr=\n.\n",
		    "From: J\303\274rgen <j@a.test>\r\n"
		    "Subject: \342\202\254 10\r\n\r\n"
		    "F\303\274nf Uhr.\r\nEOF\r\n" },
		{ "Subject: utf\nContent-Type: text/plain; charset=utf-8\n\n"
		  "\303\244\n",
		    "Subject: utf\r\n\r\n\303\244\r\nEOF\r\n" },
		/* What was hidden in an encoding is no less harmless. */
		{ "Subject: =?utf-8?q?=1B]0;x=07=0Anext?=\n"
		  "Content-Type: text/plain; charset=utf-8\n"
		  "Content-Transfer-Encoding: base64\n\n"
		  "G1sySsKbMzFt4oCu\n",
		    "Subject: ^[]0;x^G next\r\n\r\n^[[2J\357\277\275"
		    "31m\r\nEOF\r\n" },
	};
	struct terminal t = terminal_open();

	(void)state;
	log_in(me(), t.line, getpid());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_shows(&t, cases[i].text, cases[i].stands);
	terminal_close(&t);
}

static void
says_where_the_rest_is(void **state)
{
	static const char mixed[] =
	    "Subject: two\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=x\n\n"
	    "--x\nContent-Type: application/pdf\n\nAAAA\n"
	    "--x\nContent-Type: text/plain\n\nthe text\n--x--\n";
	struct terminal t = terminal_open();
	struct fake_delivery f = delivery(mixed);
	const char *text;
	size_t n;

	(void)state;
	log_in(me(), t.line, getpid());
	assert_int_equal(show_delivery(&f), VB_SHOWN_PART);
	text = terminal_text(&t, &n);
	assert_non_null(
	    strstr(text, "\r\nthe text\r\n[more in your mailbox]\r\nEOF\r\n"));
	f.d.is_mailed = false;
	f.at = 0;
	assert_int_equal(show_delivery(&f), VB_SHOWN_PART);
	text = terminal_text(&t, &n);
	assert_non_null(strstr(text, "[cut off]"));
	terminal_close(&t);
}

static void
shows_every_octet_harmless(void **state)
{
	struct terminal t = terminal_open();
	char message[300] = "Subject: all\n\n";
	struct fake_delivery f = delivery(message);
	const char *text;
	size_t n = strlen(message);

	(void)state;
	for (int c = 0; c < 256; c++)
		message[n++] = (char)c;
	f.n = n;
	log_in(me(), t.line, getpid());
	assert_int_equal(show_delivery(&f), VB_SHOWN_ALL);
	text = terminal_text(&t, &n);
	assert_true(n > 256);
	assert_true(is_harmless(text, n, "\r\n", true));
	terminal_close(&t);
}

static void
gives_ascii_to_terminals_that_are_not_utf8(void **state)
{
	struct terminal t = terminal_open();
	struct termios modes;
	const char *text;
	size_t n;

	(void)state;
	tcgetattr(t.theirs, &modes);
	modes.c_iflag &= ~(tcflag_t)IUTF8;
	tcsetattr(t.theirs, TCSANOW, &modes);
	log_in(me(), t.line, getpid());
	assert_int_equal(
	    show("Content-Type: text/plain; charset=utf-8\n\n\303\244!\n"),
	    VB_SHOWN_ALL);
	text = terminal_text(&t, &n);
	assert_non_null(strstr(text, "\r\n?!\r\n"));
	terminal_close(&t);
}

static double
seconds_to_show(enum vb_shown want)
{
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(show("\nx\n"), want);
	clock_gettime(CLOCK_MONOTONIC, &after);
	return (double)(after.tv_sec - before.tv_sec) +
	       (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

static void
waits_for_a_stopped_terminal_once_and_not_for_long(void **state)
{
	struct terminal t = terminal_open(), other = terminal_open();
	double took;
	size_t n;

	(void)state;
	log_in(me(), t.line, getpid());
	assert_int_equal(tcflow(t.theirs, TCOOFF), 0);
	took = seconds_to_show(VB_SHOWN_NOT);
	assert_true(took > 0.9 && took < 3);
	assert_true(seconds_to_show(VB_SHOWN_NOT) < 0.5);
	/* Another of the same user is not held by it. */
	log_in(me(), other.line, getpid());
	assert_true(seconds_to_show(VB_SHOWN_ALL) < 0.5);
	assert_non_null(strstr(terminal_text(&other, &n), "x\r\n"));
	/* It goes on where it was written to again. */
	assert_int_equal(tcflow(t.theirs, TCOON), 0);
	assert_true(seconds_to_show(VB_SHOWN_ALL) < 0.5);
	assert_non_null(strstr(terminal_text(&t, &n), "x\r\n"));
	terminal_close(&t);
	terminal_close(&other);
}

static void
writes_to_all_or_to_the_one_used_last(void **state)
{
	struct terminal a = terminal_open(), b = terminal_open();
	struct timespec old[] = { { 1000, 0 }, { 1000, 0 } };
	size_t n;

	(void)state;
	log_in(me(), a.line, getpid());
	log_in(me(), b.line, getpid());
	assert_int_equal(show("\nx\n"), VB_SHOWN_ALL);
	terminal_text(&a, &n);
	assert_true(n > 0);
	terminal_text(&b, &n);
	assert_true(n > 0);
	fake_set(&memory, conf, "terminals", "latest");
	assert_int_equal(futimens(a.theirs, old), 0);
	assert_int_equal(show("\nx\n"), VB_SHOWN_ALL);
	terminal_text(&a, &n);
	assert_int_equal(n, 0);
	terminal_text(&b, &n);
	assert_true(n > 0);
	terminal_close(&a);
	terminal_close(&b);
}

static void
rings_where_it_is_told_to(void **state)
{
	struct terminal t = terminal_open();
	size_t n;

	(void)state;
	fake_set(&memory, conf, "bell", "true");
	log_in(me(), t.line, getpid());
	assert_int_equal(show("\nx\n"), VB_SHOWN_ALL);
	assert_memory_equal(terminal_text(&t, &n), "\a\r\nMessage", 10);
	terminal_close(&t);
}

static void
shows_nothing_of_what_cannot_be_read(void **state)
{
	struct terminal t = terminal_open();
	struct fake_delivery f = delivery("Subject: x\n\nx\n");
	size_t n;

	(void)state;
	f.error = 5;
	f.error_after = 3;
	log_in(me(), t.line, getpid());
	assert_int_equal(show_delivery(&f), VB_SHOWN_NOT);
	terminal_text(&t, &n);
	assert_int_equal(n, 0);
	terminal_close(&t);
}

static void
leaves_nothing_open(void **state)
{
	struct terminal t = terminal_open();
	int before;

	(void)state;
	log_in(me(), t.line, getpid());
	presence_of(me());
	before = fake_open_files();
	presence_of(me());
	show("\nx\n");
	assert_int_equal(fake_open_files(), before);
	terminal_close(&t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_who_is_logged_in),
		TEST(believes_logind_as_well),
		TEST(does_not_believe_entries_that_nothing_backs),
		TEST(heeds_mesg_n_and_whose_terminal_it_is),
		TEST(shows_from_subject_and_text_decoded),
		TEST(says_where_the_rest_is),
		TEST(shows_every_octet_harmless),
		TEST(gives_ascii_to_terminals_that_are_not_utf8),
		TEST(waits_for_a_stopped_terminal_once_and_not_for_long),
		TEST(writes_to_all_or_to_the_one_used_last),
		TEST(rings_where_it_is_told_to),
		TEST(shows_nothing_of_what_cannot_be_read),
		TEST(leaves_nothing_open),
	};
	int failed, fd;

	if (getuid() != 0) {
		printf("tty: left out, it wants root\n");
		return 0;
	}
	fd = mkstemp(utmp);
	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("tty", tests, NULL, NULL);
	unlink(utmp);
	return failed;
}
