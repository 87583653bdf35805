/* modules/pipe.c, with real programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/fake.h"

static struct fake_memory memory;
static void *conf;
static char *root;

static struct fake_delivery
delivery(const char *message)
{
	return (struct fake_delivery){
		.text = message,
		.root = "",
		.d.id = VB_STR("4KQ7"),
		.d.sender = VB_STR("joe@example.net"),
		.d.mailbox = VB_STR("Ann@example.org"),
		.d.user = VB_STR("ann"),
		.d.domain = VB_STR("example.org"),
		.d.hostname = VB_STR("mx.example.org"),
	};
}

static enum vb_outcome
deliver(struct fake_delivery *f)
{
	const enum vb_outcome outcome = fake_deliver(f, conf);

	fake_forget(&f->memory);
	return outcome;
}

/* A path below the root, good until the next. */
static const char *
file(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

/* The program is a script: "sh" that reads it from a file, and gets what is
   given besides. */
static void
use_script(const char *script, const char *first, const char *second)
{
	struct vb_strings *command = fake_field(conf, "command");
	struct vb_str *items = fake_alloc(&memory, 4 * sizeof(*items));
	char *path = fake_alloc(&memory, 256);
	FILE *f = fopen(file("script"), "w");

	assert_non_null(f);
	fprintf(f, "cd %s\n%s\n", root, script);
	fclose(f);
	snprintf(path, 256, "%s", file("script"));
	items[0] = VB_STR("/bin/sh");
	items[1] = vb_str(path);
	items[2] = vb_str(first);
	items[3] = vb_str(second);
	*command = (struct vb_strings){ items,
		2 + (size_t)(first != NULL) + (size_t)(second != NULL) };
}

static void
expect_file(const char *name, const char *want)
{
	char got[4096] = "";
	FILE *f = fopen(file(name), "r");

	assert_non_null(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(got, want);
}

static bool
exists(const char *name)
{
	struct stat st;

	return stat(file(name), &st) == 0;
}

static void
gives_a_program_the_message(void **state)
{
	struct fake_delivery f = delivery("Return-Path: <>\nA: b\n\nhi\n");

	(void)state;
	use_script("cat >got; echo; echo thank you; echo bye", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_string_equal(f.said, "pipe /bin/sh: thank you");
	expect_file("got", "Return-Path: <>\nA: b\n\nhi\n");
}

static void
gives_all_of_a_long_message(void **state)
{
	enum { SIZE = 3 << 20 };
	char *message = malloc(SIZE + 1);
	struct fake_delivery f = delivery(message);

	(void)state;
	memset(message, 'x', SIZE);
	message[SIZE] = '\0';
	use_script("wc -c", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_string_equal(f.said, "pipe /bin/sh: 3145728");
	free(message);
}

static void
delivers_to_a_program_that_reads_nothing(void **state)
{
	char message[200 * 1024];
	struct fake_delivery f = delivery(message);

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	use_script("exit 0", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
}

static void
makes_a_clean_environment(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	setenv("SECRET", "x", 1);
	use_script("exec env >got", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	use_script("grep -v ^PWD= got | grep -v ^OLDPWD= | grep -v ^_= | "
		   "sort >sorted",
	    NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file("sorted", "DOMAIN=example.org\nHOME=/\n"
			      "PATH=/usr/local/bin:/usr/bin:/bin\n"
			      "RECIPIENT=Ann@example.org\n"
			      "SENDER=joe@example.net\nUSER=ann\n");
}

static void
begins_at_home(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char script[600];

	(void)state;
	snprintf(script, sizeof(script),
	    "echo \"$HOME\" >%s/got; echo \"$OLDPWD\" >>%s/got", root, root);
	f.d.home = vb_str(root);
	use_script(script, NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	snprintf(script, sizeof(script), "%s\n%s\n", root, root);
	expect_file("got", script);
}

static void
fills_arguments_in_and_no_shell_sees_them(void **state)
{
	static const char *const users[] = { "ann", "$(touch x)", "`touch x`",
		"a;touch x", "a|b", "a>x", "a b", "*", "a'b", "a\"b", "a\nb",
		"$HOME", "\\", "&" };
	char want[100];

	(void)state;
	use_script("printf '%s\\n' \"$#\" \"$1\" \"$2\" >got",
	    "--to={user}@{domain}", "{user}");
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		f.d.user = vb_str(users[i]);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		snprintf(want, sizeof(want), "2\n--to=%s@example.org\n%s\n",
		    users[i], users[i]);
		expect_file("got", want);
		assert_false(exists("x"));
	}
}

static void
leaves_arguments_without_names_alone(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	use_script("printf '%s\\n' \"$#\" \"$1\" \"$2\" >got", "", "-x$HOME");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_file("got", "2\n\n-x$HOME\n");
}

static void
refuses_values_that_lead_elsewhere_or_are_options(void **state)
{
	static const char *const users[] = { "-rf", "--help", "", ".ann", "..",
		"a/b" };

	(void)state;
	use_script("touch ran", "{user}", NULL);
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		f.d.user = vb_str(users[i]);
		assert_int_equal(deliver(&f), VB_NEVER);
		assert_string_equal(f.status, "5.1.3");
		assert_false(exists("ran"));
	}
}

static void
heeds_the_exit_status(void **state)
{
	static const struct {
		const char *script;
		enum vb_outcome outcome;
		const char *status;
	} cases[] = {
		{ "exit 0", VB_DELIVERED, "" },
		{ "exit 1", VB_LATER, "4.3.0" },
		{ "exit 64", VB_LATER, "4.3.5" },
		{ "exit 65", VB_NEVER, "5.6.0" },
		{ "exit 66", VB_LATER, "4.3.0" },
		{ "exit 67", VB_NEVER, "5.1.1" },
		{ "exit 68", VB_NEVER, "5.1.2" },
		{ "exit 69", VB_NEVER, "5.3.0" },
		{ "exit 70", VB_LATER, "4.3.0" },
		{ "exit 71", VB_LATER, "4.3.0" },
		{ "exit 72", VB_LATER, "4.3.5" },
		{ "exit 73", VB_LATER, "4.3.0" },
		{ "exit 74", VB_LATER, "4.3.0" },
		{ "exit 75", VB_LATER, "4.3.0" },
		{ "exit 76", VB_NEVER, "5.5.0" },
		{ "exit 77", VB_NEVER, "5.7.1" },
		{ "exit 78", VB_LATER, "4.3.5" },
		{ "exit 79", VB_LATER, "4.3.0" },
		{ "exit 127", VB_LATER, "4.3.0" },
		{ "exit 255", VB_LATER, "4.3.0" },
		{ "kill -TERM $$", VB_LATER, "4.3.0" },
		{ "kill -SEGV $$", VB_LATER, "4.3.0" },
		{ "kill -KILL $$", VB_LATER, "4.3.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery("a\n");
		char script[100];

		snprintf(script, sizeof(script), "echo why >&2; %s",
		    cases[i].script);
		use_script(script, NULL, NULL);
		if (deliver(&f) != cases[i].outcome)
			fail_msg("%s: %s", cases[i].script, f.said);
		assert_string_equal(f.status, cases[i].status);
		assert_non_null(strstr(f.said, ": why"));
	}
}

static void
is_put_off_when_the_program_cannot_be_run(void **state)
{
	const struct vb_str programs[] = { VB_STR("/no/such/program"),
		VB_STR("/etc/passwd"), VB_STR("/tmp") };
	struct fake_delivery f = delivery("a\n");

	(void)state;
	assert_int_equal(deliver(&f), VB_LATER);
	assert_string_equal(f.status, "4.3.5");
	for (size_t i = 0; i < 3; i++) {
		*(struct vb_strings *)fake_field(
		    conf, "command") = (struct vb_strings){ &programs[i], 1 };
		assert_int_equal(deliver(&f), VB_LATER);
		assert_string_equal(f.status, "4.3.5");
		assert_non_null(strstr(f.said, "run /"));
	}
}

static void
keeps_a_line_of_output_and_no_more(void **state)
{
	static const struct {
		const char *script, *line;
	} cases[] = {
		{ "printf 'one\\ntwo\\n'", "one" },
		{ "printf '\\n\\none'", "one" },
		{ "printf 'a\\tb\\033[2J\\r\\n'", "a?b?[2J?" },
		{ "printf '\\303\\244\\000'", "???" },
		{ "yes | head -c 10000000", "y" },
		{ "true", "" },
	};
	struct fake_delivery f = delivery("a\n");
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		use_script(cases[i].script, NULL, NULL);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		snprintf(want, sizeof(want), "pipe /bin/sh: %s", cases[i].line);
		assert_string_equal(f.said, want);
	}
	use_script("yes | tr -d '\\n' | head -c 10000000", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_int_equal(strlen(f.said), strlen("pipe /bin/sh: ") + 200);
}

static int64_t
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* The process whose number a script wrote is gone, or soon will be. */
static bool
is_gone(const char *name)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	FILE *f = fopen(file(name), "r");
	char path[64], state[32] = "";
	long pid = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &pid), 1);
	fclose(f);
	for (int i = 0; i < 100; i++, nanosleep(&pause, NULL)) {
		snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
		f = fopen(path, "r");
		if (f == NULL)
			return true;
		if (fscanf(f, "%*d %*s %31s", state) < 1)
			state[0] = '\0';
		fclose(f);
		if (state[0] == 'Z') /* nobody waits for it here */
			return true;
	}
	return false;
}

static void
kills_what_takes_too_long(void **state)
{
	static const char *const scripts[] = {
		"echo here; echo $$ >pid; sleep 60",
		"echo here; echo $$ >pid; trap '' TERM; sleep 60 & wait",
		"echo here; echo $$ >pid; exec >&- 2>&-; sleep 60",
		"echo here; echo $$ >pid; while :; do echo on; done",
	};
	const int64_t began = seconds();

	(void)state;
	fake_set(&memory, conf, "timeout", "1s");
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		use_script(scripts[i], NULL, NULL);
		assert_int_equal(deliver(&f), VB_LATER);
		assert_string_equal(f.status, "4.3.0");
		assert_string_equal(
		    f.said, "/bin/sh did not end in time: here");
		assert_true(is_gone("pid"));
	}
	assert_true(seconds() - began < 15);
}

static void
kills_what_a_program_leaves_behind(void **state)
{
	const int64_t began = seconds();
	struct fake_delivery f = delivery("a\n");

	(void)state;
	use_script("sleep 60 & echo $! >pid", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_true(is_gone("pid"));
	assert_true(seconds() - began < 10);
}

static void
dies_with_us(void **state)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	struct fake_delivery f = delivery("a\n");
	pid_t courier;

	(void)state;
	use_script(
	    "echo $$ >pid.new; mv pid.new pid; exec sleep 60", NULL, NULL);
	courier = fork();
	assert_true(courier >= 0);
	if (courier == 0) {
		deliver(&f);
		_exit(0);
	}
	for (int i = 0; i < 250 && !exists("pid"); i++)
		nanosleep(&pause, NULL);
	kill(courier, SIGKILL);
	waitpid(courier, NULL, 0);
	assert_true(is_gone("pid"));
}

static void
hands_no_descriptor_on(void **state)
{
	struct fake_delivery f = delivery("a\n");
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	/* The shell holds its script open, and ls the directory. */
	use_script("exec ls /proc/self/fd >got", NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	close(fd);
	expect_file("got", "0\n1\n2\n3\n");
}

static void
ignores_no_signal(void **state)
{
	struct fake_delivery f = delivery("a\n");
	sigset_t all, before;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	/* 32 and 33 are the C library's own. */
	use_script("echo $((0x$(sed -n s/^SigBlk:.//p /proc/self/status))) "
		   "$((0x$(sed -n s/^SigIgn:.//p /proc/self/status) & "
		   "~0x180000000)) >got",
	    NULL, NULL);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	expect_file("got", "0 0\n");
}

static void
runs_nothing_when_the_message_cannot_be_read(void **state)
{
	static const struct {
		int error;
		const char *status;
	} cases[] = { { EIO, "4.3.0" }, { ENOSPC, "4.3.1" } };

	(void)state;
	use_script("touch ran", NULL, NULL);
	for (size_t i = 0; i < 2; i++) {
		struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

		f.error = cases[i].error;
		f.error_after = 5;
		assert_int_equal(deliver(&f), VB_LATER);
		assert_string_equal(f.status, cases[i].status);
		assert_false(exists("ran"));
	}
}

static void
wants_a_program_by_its_path(void **state)
{
	const struct {
		struct vb_str items[2];
		size_t n;
		bool is_good;
	} cases[] = {
		{ { VB_STR("/bin/cat") }, 1, true },
		{ { VB_STR("/bin/cat"), VB_STR("{user}@{domain}:{home}") }, 2,
		    true },
		{ { VB_STR("") }, 0, false },
		{ { VB_STR("") }, 1, false },
		{ { VB_STR("cat") }, 1, false },
		{ { VB_STR("/bin/{user}") }, 1, false },
		{ { VB_STR("/bin/cat"), VB_STR("{usr}") }, 2, false },
		{ { VB_STR("/bin/cat"), VB_STR("{user") }, 2, false },
	};
	const struct vb_option *o = vb_module.module->options;

	(void)state;
	assert_string_equal(o->name, "command");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_strings command = { cases[i].items,
			cases[i].n };

		assert_int_equal(o->check(&command) == NULL, cases[i].is_good);
	}
}

static void
a_check_wants_a_program_that_is_there(void **state)
{
	static const struct {
		const char *program, *told;
	} cases[] = {
		{ "/bin/sh", "" },
		{ "/nonexistent/x",
		    "/nonexistent/x: No such file or directory\n" },
		{ "/etc", "/etc: is no program, or nobody may execute it\n" },
		{ "/etc/passwd",
		    "/etc/passwd: is no program, or nobody may execute it\n" },
		{ "sh", "" }, /* that is told already */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_check c;

		fake_set(&memory, conf, "command", cases[i].program);
		assert_string_equal(fake_check(&c, conf), cases[i].told);
	}
}

static int
set_up(void **state)
{
	(void)state;
	fake_use();
	root = fake_root_create();
	conf = fake_conf(&memory);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
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
		TEST(gives_a_program_the_message),
		TEST(gives_all_of_a_long_message),
		TEST(delivers_to_a_program_that_reads_nothing),
		TEST(makes_a_clean_environment),
		TEST(begins_at_home),
		TEST(fills_arguments_in_and_no_shell_sees_them),
		TEST(leaves_arguments_without_names_alone),
		TEST(refuses_values_that_lead_elsewhere_or_are_options),
		TEST(heeds_the_exit_status),
		TEST(is_put_off_when_the_program_cannot_be_run),
		TEST(keeps_a_line_of_output_and_no_more),
		TEST(kills_what_takes_too_long),
		TEST(kills_what_a_program_leaves_behind),
		TEST(dies_with_us),
		TEST(a_check_wants_a_program_that_is_there),
		TEST(hands_no_descriptor_on),
		TEST(ignores_no_signal),
		TEST(runs_nothing_when_the_message_cannot_be_read),
		TEST(wants_a_program_by_its_path),
	};

	return cmocka_run_group_tests_name("pipe", tests, NULL, NULL);
}
