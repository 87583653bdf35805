#ifndef TESTS_UNIT_MBOX_FIXTURE_H
#define TESTS_UNIT_MBOX_FIXTURE_H

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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/fake.h"

/*
 * A mailbox below a root of its own, for tests of modules/mbox.c: of ann, with
 * its dot-lock, and another file.
 */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define FROM_LINE     "From joe@example.net Tue Nov 24 03:58:27 2026\n"

static struct fake_memory memory;
static char *root;
static void *conf;
static char box[128], lock[128], other[128];

static inline struct fake_delivery
delivery(const char *message)
{
	return (struct fake_delivery){
		.text = message,
		.root = root,
		.d.id = VB_STR("4KQ7"),
		.d.sender = VB_STR("joe@example.net"),
		.d.mailbox = VB_STR("ann@example.org"),
		.d.user = VB_STR("ann"),
		.d.domain = VB_STR("example.org"),
		.d.hostname = VB_STR("mx.example.org"),
		.d.arrived = 1795492707,
	};
}

static inline enum vb_outcome
deliver(struct fake_delivery *f)
{
	const int files = fake_open_files();
	enum vb_outcome outcome = fake_deliver(f, conf);

	assert_int_equal(fake_open_files(), files);
	fake_forget(&f->memory);
	return outcome;
}

static inline void
expect_delivered(const char *message)
{
	struct fake_delivery f = delivery(message);

	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_string_equal(f.status, "");
	assert_int_not_equal(access(lock, F_OK), 0);
}

static inline void
expect_later(const char *message, const char *status)
{
	struct fake_delivery f = delivery(message);

	assert_int_equal(deliver(&f), VB_LATER);
	assert_string_equal(f.status, status);
}

static inline void
put_bytes(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline void
put_file(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

/* free() it. */
static inline char *
take_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	*n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

static inline void
expect_file(const char *path, const char *text)
{
	size_t n;
	char *there = take_file(path, &n);

	assert_string_equal(there, text);
	assert_int_equal(n, strlen(text));
	free(there);
}

static inline void
make_old(const char *path)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	assert_int_equal(
	    utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

/* A process that is gone. */
static inline long
dead_pid(void)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return (long)child;
}

/* A process that holds a lock of fcntl(2) on a file. */
static inline pid_t
hold(const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2];
	char c;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(30); /* should the test fail before end() */
		fcntl(open(path, O_RDWR), F_SETLK, &whole);
		close(ready[0]);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	close(ready[0]);
	return child;
}

static inline void
end(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A dot-lock that another courier left, which was making the mailbox longer. */
static inline void
leave_lock(long pid, const char *host, long from)
{
	char text[256];
	struct stat st;

	assert_int_equal(stat(box, &st), 0);
	snprintf(text, sizeof(text), "%ld %s %ju %ld\n", pid, host,
	    (uintmax_t)st.st_ino, from);
	put_file(lock, text);
}

static inline int
set_up(void **state)
{
	char path[128];

	(void)state;
	fake_use();
	root = fake_root_create();
	conf = fake_conf(&memory);
	fake_set(&memory, conf, "lock_timeout", "5s");
	snprintf(path, sizeof(path), "%s/var", root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/var/mail", root);
	mkdir(path, 0700);
	snprintf(box, sizeof(box), "%s/var/mail/ann", root);
	snprintf(lock, sizeof(lock), "%s/var/mail/ann.lock", root);
	snprintf(other, sizeof(other), "%s/var/mail/other", root);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	fake_root_remove(root);
	free(root);
	fake_forget(&memory);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
