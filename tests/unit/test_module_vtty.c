/* modules/vtty.c, with real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/fake.h"

static struct fake_memory memory;
static void *conf;
static char *root;
static int directory, watched;

static const struct vb_terminals *
vtty(void)
{
	return vb_module.module->terminals;
}

/* Whoever waits for the descriptor calls when it can be read. */
static void
attend(void)
{
	struct pollfd wait = { .fd = watched, .events = POLLIN };

	while (poll(&wait, 1, 0) > 0)
		vtty()->attend();
}

static int
dial(const char *user)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", root, user);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		close(fd);
		return -1;
	}
	attend();
	return fd;
}

/* What it has been sent, until the next call. */
static const char *
heard(int fd)
{
	static char text[8192];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static int
attached(const char *user)
{
	int fd = dial(user);
	char want[80];

	assert_true(fd >= 0);
	snprintf(want, sizeof(want), "+ %s\n", user);
	assert_string_equal(heard(fd), want);
	return fd;
}

static enum vb_presence
presence_of(const char *user)
{
	struct fake_delivery f = { .d.user = vb_str(user) };

	return vtty()->presence(&f.d, conf);
}

static enum vb_shown
show(const char *user, const char *text)
{
	struct fake_delivery f = { .text = text,
		.n = strlen(text),
		.d.sender = VB_STR("ann@a.test"),
		.d.client = VB_STR("192.0.2.7"),
		.d.user = vb_str(user) };

	return vtty()->show(&f.d, conf);
}

static void
there_is_a_socket_for_each_user_that_is_named(void **state)
{
	struct stat st;
	const char *wrong = NULL;

	(void)state;
	assert_int_equal(fstatat(directory, "smith", &st, 0), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(fstatat(directory, "jones", &st, 0), 0);
	assert_int_equal(presence_of("smith"), VB_PRESENCE_AWAY);
	assert_int_equal(presence_of("none"), VB_PRESENCE_AWAY);
	assert_int_equal(show("none", "\nx\n"), VB_SHOWN_NOT);
	/* The next scope names the same. */
	assert_int_equal(vtty()->open(directory, conf, &wrong), watched);
	assert_null(wrong);
}

static void
shows_what_is_sent_to_all_that_are_attached(void **state)
{
	int a = attached("smith"), b = attached("smith"), c = attached("jones");

	(void)state;
	assert_int_equal(presence_of("smith"), VB_PRESENCE_HERE);
	assert_int_equal(show("smith", "Subject: hi\n\nwords\n"), VB_SHOWN_ALL);
	assert_non_null(strstr(heard(a), "\nSubject: hi\n\nwords\nEOF\n"));
	assert_non_null(strstr(heard(b), "\nSubject: hi\n\nwords\nEOF\n"));
	assert_string_equal(heard(c), "");
	close(a);
	attend();
	assert_int_equal(presence_of("smith"), VB_PRESENCE_HERE);
	close(b);
	assert_int_equal(presence_of("smith"), VB_PRESENCE_AWAY);
	assert_int_equal(show("smith", "\nx\n"), VB_SHOWN_NOT);
	close(c);
}

static void
takes_no_notice_of_what_terminals_say(void **state)
{
	int a = attached("smith");

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(send(a, "words\n", 6, 0), 6);
		attend();
	}
	assert_int_equal(presence_of("smith"), VB_PRESENCE_HERE);
	close(a);
	attend();
}

static void
takes_so_many_terminals_and_no_more(void **state)
{
	int fds[9];

	(void)state;
	for (int i = 0; i < 8; i++)
		fds[i] = attached("smith");
	fds[8] = dial("smith");
	assert_string_equal(
	    heard(fds[8]), "- too many terminals are attached\n");
	for (int i = 0; i < 9; i++)
		close(fds[i]);
	attend();
	fds[0] = attached("smith");
	close(fds[0]);
	attend();
}

static void
closes_what_does_not_read_and_waits_for_none(void **state)
{
	int a = attached("smith");
	int sent = 0;

	(void)state;
	while (sent < 10000 && show("smith", "\nx\n") == VB_SHOWN_ALL)
		sent++;
	assert_true(sent > 10 && sent < 10000);
	assert_int_equal(presence_of("smith"), VB_PRESENCE_AWAY);
	close(a);
}

/* As another account, which may attach to nothing but its own. */
static void
lets_nobody_attach_but_the_user_and_root(void **state)
{
	static const struct {
		const char *user, *says;
	} cases[] = {
		{ "smith", "- only this user, root and the server itself may "
			   "attach\n" },
		{ "nobody", "+ nobody\n" },
	};

	(void)state;
	if (getuid() != 0)
		skip();
	for (size_t i = 0; i < 2; i++) {
		int status, to_child[2];
		pid_t pid;

		assert_int_equal(pipe(to_child), 0);
		pid = fork();
		if (pid == 0) {
			struct sockaddr_un at = { .sun_family = AF_UNIX };
			int fd = socket(AF_UNIX, SOCK_STREAM, 0);
			char go;

			snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s",
			    root, cases[i].user);
			if (setuid(getpwnam("nobody")->pw_uid) != 0 ||
			    connect(fd, (struct sockaddr *)&at, sizeof(at)) !=
				0 ||
			    read(to_child[0], &go, 1) != 1)
				_exit(2);
			_exit(strcmp(heard(fd), cases[i].says) != 0);
		}
		{
			struct pollfd wait = { .fd = watched,
				.events = POLLIN };

			assert_int_equal(poll(&wait, 1, 10000), 1);
		}
		attend();
		assert_int_equal(write(to_child[1], "g", 1), 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		close(to_child[0]);
		close(to_child[1]);
		attend();
	}
}

static void
tells_when_it_cannot_have_its_socket(void **state)
{
	struct vb_str user = VB_STR("other");
	struct vb_strings *users = fake_field(conf, "users");
	struct vb_strings before = *users;
	const char *wrong = NULL;

	(void)state;
	*users = (struct vb_strings){ &user, 1 };
	assert_int_equal(vtty()->open(-1, conf, &wrong), watched);
	assert_non_null(wrong);
	assert_memory_equal(wrong, "run_dir/tty/other: ", 19);
	*users = before;
}

static void
wants_names_that_lead_nowhere_else(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = { { "smith", true }, { "", false }, { "../x", false },
		{ ".x", false }, { "a/b", false } };
	const struct vb_option *o = vb_module.module->options;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_str name = vb_str(cases[i].name);
		struct vb_strings names = { &name, 1 };

		assert_int_equal(o->check(&names) == NULL, cases[i].good);
	}
}

static int
begin(void **state)
{
	static struct vb_str names[3];
	const char *wrong = NULL;

	(void)state;
	names[0] = VB_STR("smith");
	names[1] = VB_STR("jones");
	names[2] = VB_STR("nobody");
	fake_use();
	conf = fake_conf(&memory);
	*(struct vb_strings *)fake_field(
	    conf, "users") = (struct vb_strings){ names, 3 };
	root = fake_root_create();
	chmod(root, 0755);
	directory = open(root, O_RDONLY | O_DIRECTORY);
	watched = vtty()->open(directory, conf, &wrong);
	return watched >= 0 && wrong == NULL ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	close(directory);
	fake_root_remove(root);
	free(root);
	fake_forget(&memory);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_a_socket_for_each_user_that_is_named),
		cmocka_unit_test(shows_what_is_sent_to_all_that_are_attached),
		cmocka_unit_test(takes_no_notice_of_what_terminals_say),
		cmocka_unit_test(takes_so_many_terminals_and_no_more),
		cmocka_unit_test(closes_what_does_not_read_and_waits_for_none),
		cmocka_unit_test(lets_nobody_attach_but_the_user_and_root),
		cmocka_unit_test(tells_when_it_cannot_have_its_socket),
		cmocka_unit_test(wants_names_that_lead_nowhere_else),
	};

	return cmocka_run_group_tests_name("vtty", tests, begin, end);
}
