/* modules/mbox.c */
#include "tests/unit/mbox_fixture.h"

static void
appends_a_message(void **state)
{
	struct stat st;

	(void)state;
	expect_delivered("Subject: 1\n\none\n");
	expect_delivered("Subject: 2\n\ntwo\n");
	expect_file(box, FROM_LINE "Subject: 1\n\none\n\n" FROM_LINE
				   "Subject: 2\n\ntwo\n\n");
	assert_int_equal(stat(box, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
ends_a_message_with_an_empty_line(void **state)
{
	static const struct {
		const char *message, *stored;
	} cases[] = {
		{ "a", "a\n\n" },
		{ "a\n\n", "a\n\n\n" },
		{ "", "\n" },
		{ ">>", ">>\n\n" },
		{ "a\nFrom", "a\nFrom\n\n" },
		{ "a\n>Fro", "a\n>Fro\n\n" },
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		unlink(box);
		expect_delivered(cases[i].message);
		snprintf(all, sizeof(all), "%s%s", FROM_LINE, cases[i].stored);
		expect_file(box, all);
	}
}

static void
mends_the_end_of_the_mailbox(void **state)
{
	static const struct {
		const char *before, *between;
	} cases[] = {
		{ "", "" },
		{ "\n", "" },
		{ "a", "\n\n" },
		{ "a\n", "\n" },
		{ "a\n\n", "" },
		{ "From a b\n\nhi\n", "\n" },
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		put_file(box, cases[i].before);
		expect_delivered("b\n");
		snprintf(all, sizeof(all), "%s%s%sb\n\n", cases[i].before,
		    cases[i].between, FROM_LINE);
		expect_file(box, all);
	}
}

static void
makes_the_sender_safe(void **state)
{
	static const struct {
		const char *sender, *line;
	} cases[] = {
		{ "", "From MAILER-DAEMON Tue Nov 24 03:58:27 2026\n" },
		{ "\"a b\"@c", "From \"a-b\"@c Tue Nov 24 03:58:27 2026\n" },
		{ "a\nFrom \t\x7f@c",
		    "From a-From---@c Tue Nov 24 03:58:27 2026\n" },
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fake_delivery f = delivery("b\n");

		unlink(box);
		f.d.sender = vb_str(cases[i].sender);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		snprintf(all, sizeof(all), "%sb\n\n", cases[i].line);
		expect_file(box, all);
	}
}

static void
takes_a_sender_of_any_length(void **state)
{
	enum { SIZE = 70 * 1000 };
	char *sender = calloc(1, SIZE);
	struct fake_delivery f = delivery("b\n");

	(void)state;
	assert_non_null(sender);
	memset(sender, 'a', SIZE);
	f.d.sender = (struct vb_str){ sender, SIZE };
	assert_int_equal(deliver(&f), VB_DELIVERED);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_non_null(strstr(f.said, "has it"));
	free(sender);
}

static void
quotes_lines_that_begin_like_a_message(void **state)
{
	static const struct {
		const char *message, *stored;
	} cases[] = {
		{ "From a\n", ">From a\n" },
		{ "\nFrom a\n", "\n>From a\n" },
		{ ">From a\n", ">>From a\n" },
		{ ">>>From a\nFrom b\n", ">>>>From a\n>From b\n" },
		{ "From \n", ">From \n" },
		{ "From", "From\n" },
		{ "From\nFrom \n", "From\n>From \n" },
		{ "Fro\n\nFFrom a\n", "Fro\n\nFFrom a\n" },
		{ "from a\nFROM a\n From a\n", "from a\nFROM a\n From a\n" },
		{ ">a >From b\n> From c\n", ">a >From b\n> From c\n" },
		{ "F>From a\nF>\nFrom b\n", "F>From a\nF>\n>From b\n" },
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < 3 * LENGTH(cases); i++) {
		struct fake_delivery f = delivery(cases[i / 3].message);

		unlink(box);
		f.step = i % 3;
		assert_int_equal(deliver(&f), VB_DELIVERED);
		snprintf(
		    all, sizeof(all), "%s%s\n", FROM_LINE, cases[i / 3].stored);
		expect_file(box, all);
	}
}

/* As a reader does: takes the From_ line and one ">" of each quoted line away.
 */
static size_t
unquote(char *text, size_t n)
{
	char *to = text, *p = text + strlen(FROM_LINE), *line_end, *q;

	for (; p < text + n; p = line_end) {
		line_end = memchr(p, '\n', (size_t)(text + n - p));
		line_end = line_end != NULL ? line_end + 1 : text + n;
		for (q = p; q < line_end && *q == '>';)
			q++;
		if (q > p && line_end - q >= 5 && memcmp(q, "From ", 5) == 0)
			p++;
		memmove(to, p, (size_t)(line_end - p));
		to += line_end - p;
	}
	return (size_t)(to - text) - 1;
}

static void
gives_back_what_it_took_wherever_blocks_end(void **state)
{
	enum { BLOCK = 64 * 1024 };
	static char message[BLOCK + 128];
	static const char tail[] = "\n>>From a\nFrom b\nFrom\n\0\n";
	char *there;
	size_t n;

	(void)state;
	for (size_t at = BLOCK - 60; at < BLOCK + 10; at++) {
		struct fake_delivery f = delivery(message);

		unlink(box);
		memset(message, '>', at);
		memcpy(message + at, tail, sizeof(tail) - 1);
		f.n = at + sizeof(tail) - 1;
		assert_int_equal(deliver(&f), VB_DELIVERED);
		there = take_file(box, &n);
		assert_int_equal(n, strlen(FROM_LINE) + f.n + 3);
		assert_int_equal(unquote(there, n), f.n);
		assert_memory_equal(there, message, f.n);
		free(there);
	}
}

static void
refuses_what_is_not_a_mailbox_of_its_own(void **state)
{
	struct fake_delivery f = delivery("a\n");
	struct stat st;

	(void)state;
	put_file(other, "theirs\n");
	assert_int_equal(symlink(other, box), 0);
	expect_later("a\n", "4.3.0");
	assert_int_equal(unlink(box), 0);

	assert_int_equal(link(other, box), 0);
	expect_later("a\n", "4.3.0");
	expect_file(other, "theirs\n");
	assert_int_equal(unlink(box), 0);

	assert_int_equal(mkfifo(box, 0600), 0);
	assert_int_equal(deliver(&f), VB_LATER);
	assert_non_null(strstr(f.said, "open "));
	assert_int_equal(unlink(box), 0);

	assert_int_equal(mkdir(box, 0700), 0);
	expect_later("a\n", "4.3.0");
	assert_int_equal(stat(lock, &st), -1);
}

static void
refuses_a_mailbox_of_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	put_file(box, "theirs\n");
	assert_int_equal(chown(box, 65534, 65534), 0);
	expect_later("a\n", "4.3.0");
	expect_file(box, "theirs\n");
}

static void
refuses_a_name_that_leads_elsewhere(void **state)
{
	static const char *const users[] = { "", "..", "a/b", "ann.lock" };

	(void)state;
	for (size_t i = 0; i < LENGTH(users); i++) {
		struct fake_delivery f = delivery("a\n");

		f.d.user = vb_str(users[i]);
		assert_int_equal(deliver(&f), VB_NEVER);
		assert_string_equal(f.status, "5.1.3");
	}
}

static void
waits_while_another_program_has_it_locked(void **state)
{
	struct fake_delivery f = delivery("a\n");
	pid_t child;

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "0s");
	put_file(box, "b\n\n");
	child = hold(box);
	assert_int_equal(deliver(&f), VB_LATER);
	end(child);
	assert_string_equal(f.status, "4.2.0");
	assert_non_null(strstr(f.said, "mailbox is locked"));
	expect_file(box, "b\n\n");
	assert_int_not_equal(access(lock, F_OK), 0);
	expect_delivered("a\n");
}

static void
gets_the_lock_when_it_is_given_back_in_time(void **state)
{
	pid_t child;

	(void)state;
	put_file(lock, "1\n");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		usleep(200 * 1000);
		_exit(unlink(lock));
	}
	expect_delivered("a\n");
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
leaves_the_dot_lock_of_the_living_alone(void **state)
{
	static const char *const locks[] = {
		"1 mx.example.org\n",      /* lives */
		"%ld other.example.org\n", /* may live there */
		"%ld\n",                   /* says not where */
		"",                        /* is being made */
		"%ld mx.example.org 1\n",
	};
	char text[64];

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "0s");
	put_file(box, "b\n\n");
	for (size_t i = 0; i < LENGTH(locks); i++) {
		const char *number = strstr(locks[i], "%ld");

		if (number == NULL)
			snprintf(text, sizeof(text), "%s", locks[i]);
		else
			snprintf(text, sizeof(text), "%ld%s", dead_pid(),
			    number + 3);
		put_file(lock, text);
		expect_later("a\n", "4.2.0");
		expect_file(lock, text);
		expect_file(box, "b\n\n");
	}
}

static void
breaks_the_dot_lock_of_the_dead(void **state)
{
	char text[64];

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "0s");
	snprintf(text, sizeof(text), "%ld mx.example.org\n", dead_pid());
	put_file(lock, text);
	expect_delivered("a\n");

	/* from before the machine was started again */
	snprintf(text, sizeof(text), "%ld mx.example.org\n", (long)getpid());
	put_file(lock, text);
	expect_delivered("a\n");
}

static void
breaks_an_old_dot_lock(void **state)
{
	static const char *const locks[] = { "", "1\n", "hello\n",
		"1 mx.example.org\n", "1 other.example.org 1 2\n" };

	(void)state;
	for (size_t i = 0; i < LENGTH(locks); i++) {
		put_file(lock, locks[i]);
		make_old(lock);
		expect_delivered("a\n");
	}
	assert_int_equal(symlink("/nowhere", lock), 0);
	make_old(lock);
	expect_delivered("a\n");
}

static void
does_not_write_into_what_an_old_dot_lock_leads_to(void **state)
{
	(void)state;
	put_file(other, "1 mx.example.org\n");
	assert_int_equal(link(other, lock), 0);
	make_old(lock);
	expect_delivered("a\n");
	expect_file(other, "1 mx.example.org\n");
}

static void
does_not_break_the_old_dot_lock_of_a_living_courier(void **state)
{
	static const char *const locks[] = { " mx.example.org\n",
		" mx.example.org 1 2\n" };
	char text[64];
	pid_t child;

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "0s");
	for (size_t i = 0; i < LENGTH(locks); i++) {
		snprintf(text, sizeof(text), "%ld%s", dead_pid(), locks[i]);
		put_file(lock, text);
		make_old(lock);
		child = hold(lock);
		expect_later("a\n", "4.2.0");
		end(child);
		expect_file(lock, text);
		expect_delivered("a\n");
	}
}

/* Whoever is killed then, leaves a lock that the next can judge. */
static void
has_said_whose_its_dot_lock_is_before_it_is_seen(void **state)
{
	char byte;
	int fd, seen = 0;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		for (int i = 0; i < 200; i++)
			expect_delivered("a\n");
		_exit(0);
	}
	while (waitpid(child, NULL, WNOHANG) == 0) {
		fd = open(lock, O_RDONLY);
		if (fd < 0)
			continue;
		seen++;
		assert_int_equal(read(fd, &byte, 1), 1);
		close(fd);
	}
	assert_true(seen > 0);
}

static void
makes_no_dot_lock_when_told_not_to(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	fake_set(&memory, conf, "dotlock", "false");
	put_file(lock, "1 mx.example.org\n");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file(box, FROM_LINE "a\n\n");
	expect_file(lock, "1 mx.example.org\n");
}

static void
cuts_off_what_a_dead_courier_had_begun(void **state)
{
	static const struct {
		const char *before, *after;
		long from;
	} cases[] = {
		{ "b\n\ntorn", "b\n\n", 3 },
		{ "b\n\nwhole\n\ntorn", "b\n\n", 3 },
		{ "b\n\n", "b\n\n", 3 },
		{ "b\n\n", "b\n\n", 30 },
		{ "torn", "", 0 },
	};
	char all[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		put_file(box, cases[i].before);
		leave_lock(dead_pid(), "mx.example.org", cases[i].from);
		expect_delivered("a\n");
		snprintf(
		    all, sizeof(all), "%s%sa\n\n", cases[i].after, FROM_LINE);
		expect_file(box, all);
	}
}

static void
cuts_off_what_a_courier_whose_pid_is_anothers_had_begun(void **state)
{
	(void)state;
	put_file(box, "b\n\ntorn");
	leave_lock(1, "mx.example.org", 3);
	expect_delivered("a\n");
	expect_file(box, "b\n\n" FROM_LINE "a\n\n");

	put_file(box, "b\n\ntorn");
	leave_lock(1, "other.example.org", 3);
	make_old(lock);
	expect_delivered("a\n");
	expect_file(box, "b\n\n" FROM_LINE "a\n\n");
}

static void
keeps_in_mind_what_is_to_be_cut_off(void **state)
{
	char text[128];
	struct stat st;
	pid_t child;

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "0s");
	put_file(box, "b\n\ntorn");
	leave_lock(4000000000, "mx.example.org", 3);
	child = hold(box);
	expect_later("a\n", "4.2.0");
	end(child);
	assert_int_equal(stat(box, &st), 0);
	snprintf(text, sizeof(text), "%ld mx.example.org %ju 3\n",
	    (long)getpid(), (uintmax_t)st.st_ino);
	expect_file(lock, text);
	expect_delivered("a\n");
	expect_file(box, "b\n\n" FROM_LINE "a\n\n");
}

/* The lock was left, and we knew; but while we waited another took care. */
/* Waits until somebody has made the dot-lock of the dead one his own. */
static void
wait_for_a_taker(void)
{
	struct stat before, now;

	assert_int_equal(stat(lock, &before), 0);
	do {
		usleep(5 * 1000);
		now = before;
	} while (stat(lock, &now) == 0 && now.st_ino == before.st_ino &&
		 now.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
	usleep(5 * 1000);
}

/* While one waits for the lock of fcntl(2), another mends the mailbox, and
   writes to it. */
static void
cuts_off_nothing_that_another_has_mended(void **state)
{
	pid_t child;
	int fd;

	(void)state;
	put_file(box, "b\n\ntorn");
	leave_lock(dead_pid(), "mx.example.org", 3);
	child = hold(box);
	if (fork() == 0) {
		alarm(30);
		wait_for_a_taker();
		unlink(lock);
		fd = open(box, O_WRONLY | O_APPEND);
		kill(child, write(fd, "whole\n\n", 7) == 7 ? SIGKILL : 0);
		_exit(0);
	}
	expect_delivered("a\n");
	while (wait(NULL) > 0)
		continue;
	expect_file(box, "b\n\ntornwhole\n\n" FROM_LINE "a\n\n");
}

static void
cuts_nothing_off_another_mailbox(void **state)
{
	(void)state;
	put_file(box, "b\n\n");
	leave_lock(dead_pid(), "mx.example.org", 1);
	assert_int_equal(rename(box, other), 0);
	put_file(box, "cc\n\n");
	expect_delivered("a\n");
	expect_file(box, "cc\n\n" FROM_LINE "a\n\n");
}

static void
restores_the_mailbox_when_it_fails(void **state)
{
	enum { SIZE = 200 * 1000 };
	static const struct {
		int error;
		size_t after;
		const char *status;
	} cases[] = {
		{ EIO, 0, "4.3.0" },
		{ EIO, 150 * 1000, "4.3.0" },
		{ ENOSPC, 150 * 1000, "4.3.1" },
		{ EDQUOT, 150 * 1000, "4.2.2" },
	};
	static char message[SIZE + 1];

	(void)state;
	memset(message, 'x', SIZE);
	for (size_t i = 0; i < 2 * LENGTH(cases); i++) {
		struct fake_delivery f = delivery(message);

		fake_set(
		    &memory, conf, "dotlock", i % 2 == 0 ? "true" : "false");
		put_file(box, "b\n");
		f.error = cases[i / 2].error;
		f.error_after = cases[i / 2].after;
		assert_int_equal(deliver(&f), VB_LATER);
		assert_string_equal(f.status, cases[i / 2].status);
		assert_non_null(strstr(f.said, strerror(f.error)));
		expect_file(box, "b\n");
		assert_int_not_equal(access(lock, F_OK), 0);
	}
}

static void
restores_the_mailbox_when_the_disk_takes_no_more(void **state)
{
	const struct rlimit little = { 100 * 1000, RLIM_INFINITY };
	static char message[200 * 1000 + 1];
	struct rlimit before;

	(void)state;
	put_file(box, "b\n");
	memset(message, 'x', sizeof(message) - 1);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	expect_later(message, "4.3.0");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	expect_file(box, "b\n");
	assert_int_not_equal(access(lock, F_OK), 0);
}

static void
fails_when_the_message_cannot_be_read_twice(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	put_file(box, "b\n");
	f.is_once = true;
	assert_int_equal(deliver(&f), VB_LATER);
	assert_string_equal(f.status, "4.3.0");
	expect_file(box, "b\n");
}

/* A courier that SIGXFSZ ends in the middle of its writing. */
static void
die_delivering(const char *message, bool dotlock)
{
	const struct rlimit little = { 100 * 1000, 100 * 1000 };
	const struct rlimit none = { 0, 0 };
	struct fake_delivery f = delivery(message);
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGXFSZ, SIG_DFL);
		setrlimit(RLIMIT_CORE, &none);
		setrlimit(RLIMIT_FSIZE, &little);
		fake_set(&memory, conf, "dotlock", dotlock ? "true" : "false");
		_exit(fake_deliver(&f, conf) == VB_DELIVERED ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXFSZ);
}

static void
leaves_no_trace_of_a_courier_that_died(void **state)
{
	static char message[200 * 1000 + 1];
	struct stat st;

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	put_file(box, "b\n");
	die_delivering(message, true);
	assert_int_equal(stat(box, &st), 0);
	assert_int_equal(st.st_size, 100 * 1000);
	assert_int_equal(access(lock, F_OK), 0);
	expect_delivered("a\n");
	expect_file(box, "b\n\n" FROM_LINE "a\n\n");
}

static void
finishes_what_a_courier_without_dot_lock_began(void **state)
{
	static char message[200 * 1000 + 1];
	struct fake_delivery f = delivery(message);
	char *once, *there;
	size_t n, m;

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	fake_set(&memory, conf, "dotlock", "false");
	put_file(box, "b\n\n");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	once = take_file(box, &n);

	put_file(box, "b\n\n");
	die_delivering(message, false);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	there = take_file(box, &m);
	assert_int_equal(m, n);
	assert_memory_equal(there, once, n);
	free(there);
	free(once);
}

static void
does_not_deliver_twice(void **state)
{
	static const char *const before[] = { "", "From x y\n\nhi\n\n",
		/* the same sender, the same second, other messages */
		FROM_LINE "Subject: 0\n\n\n" FROM_LINE "Subject: 1\n\n>\n\n" };
	static const char *const after[] = { "", FROM_LINE "Subject: 2\n\n\n",
		"From x y\n\nhi\n\n" };
	struct fake_delivery f = delivery("Subject: 1\n\nFrom a\n");
	char all[512];

	(void)state;
	f.d.again = true;
	for (size_t i = 0; i < LENGTH(before) * LENGTH(after); i++) {
		snprintf(all, sizeof(all), "%s%sSubject: 1\n\n>From a\n\n%s",
		    before[i % LENGTH(before)], FROM_LINE,
		    after[i / LENGTH(before)]);
		put_file(box, all);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		expect_file(box, all);
	}
}

static void
finds_itself_wherever_blocks_end(void **state)
{
	enum { BLOCK = 64 * 1024, SPAN = sizeof(FROM_LINE) + 8 };
	static char all[2 * BLOCK];
	struct fake_delivery f = delivery("Subject: 1\n\na\n");
	static const char stored[] = FROM_LINE "Subject: 1\n\na\n\n";
	size_t n;

	(void)state;
	f.d.again = true;
	for (size_t at = BLOCK - SPAN; at < BLOCK + SPAN; at++) {
		memset(all, 'x', at - 2);
		memcpy(all + at - 2, "\n\n", 2);
		memcpy(all + at, stored, sizeof(stored) - 1);
		put_bytes(box, all, at + sizeof(stored) - 1);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		free(take_file(box, &n));
		assert_int_equal(n, at + sizeof(stored) - 1);
	}
}

static void
delivers_again_what_is_not_there(void **state)
{
	struct fake_delivery f = delivery("Subject: 1\n\na\n");

	(void)state;
	f.d.again = true;
	put_file(box, "F");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file(box, "F\n\n" FROM_LINE "Subject: 1\n\na\n\n");
	assert_int_equal(unlink(box), 0);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file(box, FROM_LINE "Subject: 1\n\na\n\n");
	f.text = "Subject: 2\n\na\n";
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file(box,
	    FROM_LINE "Subject: 1\n\na\n\n" FROM_LINE "Subject: 2\n\na\n\n");
}

static void
replaces_its_own_torn_beginning(void **state)
{
	static const char whole[] = "b\n\n" FROM_LINE
				    "Subject: 1\n\n>From a\n\n";
	struct fake_delivery f = delivery("Subject: 1\n\nFrom a\n");

	(void)state;
	f.d.again = true;
	for (size_t n = strlen("b\n\nFrom j"); n < sizeof(whole); n++) {
		put_bytes(box, whole, n);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		expect_file(box, whole);
	}
}

static void
makes_the_directory(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	f.d.home = VB_STR("/home/ann");
	fake_set(&memory, conf, "path", "{home}/mail/inbox");
	snprintf(box, sizeof(box), "%s/home/ann/mail/inbox", root);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file(box, FROM_LINE "a\n\n");
}

static enum vb_outcome
room_for(struct fake_delivery *f, uint64_t octets)
{
	const enum vb_outcome outcome = fake_room(f, octets, conf);

	fake_forget(&f->memory);
	return outcome;
}

static void
refuses_what_is_more_than_the_quota(void **state)
{
	const size_t size = strlen(FROM_LINE "a\n\n");
	struct fake_delivery f = delivery("a\n");
	struct vb_bytes *quota = fake_field(conf, "quota");

	(void)state;
	quota->value = 2 * size - 1;
	expect_delivered("a\n");
	assert_int_equal(deliver(&f), VB_NEVER);
	assert_string_equal(f.status, "5.2.2");
	assert_int_not_equal(access(lock, F_OK), 0);
	expect_file(box, FROM_LINE "a\n\n");
	quota->value = 2 * size;
	expect_delivered("a\n");
	expect_file(box, FROM_LINE "a\n\n" FROM_LINE "a\n\n");
}

static void
tells_whether_there_is_room(void **state)
{
	struct fake_delivery f = delivery("");

	(void)state;
	assert_false(vb_module.module->limits(conf));
	fake_set(&memory, conf, "quota", "100");
	assert_true(vb_module.module->limits(conf));
	assert_int_equal(room_for(&f, 100), VB_DELIVERED);
	assert_int_equal(room_for(&f, 101), VB_NEVER);
	expect_delivered("a\n");
	assert_int_equal(room_for(&f, 0), VB_DELIVERED);
	assert_int_equal(room_for(&f, 60), VB_NEVER);
	assert_string_equal(f.status, "5.2.2");
	fake_set(&memory, conf, "quota", "20");
	assert_int_equal(room_for(&f, 0), VB_NEVER);
	f.d.user = VB_STR("a/b");
	assert_int_equal(room_for(&f, 0), VB_NEVER);
	assert_string_equal(f.status, "5.1.3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(appends_a_message),
		TEST(ends_a_message_with_an_empty_line),
		TEST(mends_the_end_of_the_mailbox),
		TEST(makes_the_sender_safe),
		TEST(takes_a_sender_of_any_length),
		TEST(quotes_lines_that_begin_like_a_message),
		TEST(gives_back_what_it_took_wherever_blocks_end),
		TEST(refuses_what_is_not_a_mailbox_of_its_own),
		TEST(refuses_a_mailbox_of_another_user),
		TEST(refuses_a_name_that_leads_elsewhere),
		TEST(waits_while_another_program_has_it_locked),
		TEST(gets_the_lock_when_it_is_given_back_in_time),
		TEST(leaves_the_dot_lock_of_the_living_alone),
		TEST(breaks_the_dot_lock_of_the_dead),
		TEST(breaks_an_old_dot_lock),
		TEST(does_not_write_into_what_an_old_dot_lock_leads_to),
		TEST(does_not_break_the_old_dot_lock_of_a_living_courier),
		TEST(has_said_whose_its_dot_lock_is_before_it_is_seen),
		TEST(makes_no_dot_lock_when_told_not_to),
		TEST(cuts_off_what_a_dead_courier_had_begun),
		TEST(cuts_off_what_a_courier_whose_pid_is_anothers_had_begun),
		TEST(keeps_in_mind_what_is_to_be_cut_off),
		TEST(cuts_off_nothing_that_another_has_mended),
		TEST(cuts_nothing_off_another_mailbox),
		TEST(restores_the_mailbox_when_it_fails),
		TEST(restores_the_mailbox_when_the_disk_takes_no_more),
		TEST(fails_when_the_message_cannot_be_read_twice),
		TEST(leaves_no_trace_of_a_courier_that_died),
		TEST(finishes_what_a_courier_without_dot_lock_began),
		TEST(does_not_deliver_twice),
		TEST(finds_itself_wherever_blocks_end),
		TEST(delivers_again_what_is_not_there),
		TEST(replaces_its_own_torn_beginning),
		TEST(refuses_what_is_more_than_the_quota),
		TEST(tells_whether_there_is_room),
		TEST(makes_the_directory),
	};

	return cmocka_run_group_tests_name("mbox", tests, NULL, NULL);
}
