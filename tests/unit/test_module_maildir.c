/* modules/maildir.c */
#define _GNU_SOURCE /* O_TMPFILE */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/fake.h"

static struct fake_memory memory;
static char *root;
static void *conf;
static char box[256];           /* the maildir */
static char text[1024];         /* of the last file() */
static bool has_unnamed = true; /* the file system has files without names */

static struct fake_delivery
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

/* A batch, which leaves nothing open. */
static void
deliver_all(struct fake_delivery *f, size_t n)
{
	const int files = fake_open_files();

	fake_deliver_batch(f, n, conf);
	assert_int_equal(fake_open_files(), files);
	for (size_t i = 0; i < n; i++)
		fake_forget(&f[i].memory);
}

static enum vb_outcome
deliver(struct fake_delivery *f)
{
	deliver_all(f, 1);
	return f->outcome;
}

/* A path in the maildir, good until the next one. */
static const char *
file(const char *sub, const char *name)
{
	snprintf(text, sizeof(text), "%s/%s/%s", box, sub, name);
	return text;
}

/* How many files are in a directory; `name` is one of them. */
static int
files_in(const char *sub, char name[256])
{
	const struct dirent *entry;
	DIR *dir = opendir(file(sub, ""));
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, 256, "%s", entry->d_name);
		n++;
	}
	closedir(dir);
	return n;
}

static void
expect_files(int tmp, int new, int cur)
{
	char name[256];

	assert_int_equal(files_in("tmp", name), tmp);
	assert_int_equal(files_in("new", name), new);
	assert_int_equal(files_in("cur", name), cur);
}

/* A reader takes a message from new/ to cur/. */
static void
move_to_cur(const char *name, const char *as)
{
	char from[1024];

	snprintf(from, sizeof(from), "%s", file("new", name));
	assert_int_equal(rename(from, file("cur", as)), 0);
}

static void
put_file(const char *path, const char *bytes)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, strlen(bytes), f), strlen(bytes));
	assert_int_equal(fclose(f), 0);
}

static void
expect_bytes(const char *path, const char *bytes, size_t n)
{
	char *there = malloc(n + 1);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_non_null(there);
	assert_int_equal(fread(there, 1, n + 1, f), n);
	assert_memory_equal(there, bytes, n);
	fclose(f);
	free(there);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void
puts_a_message_in_new(void **state)
{
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");
	char name[256];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_string_equal(f.status, "");
	expect_files(0, 1, 0);
	files_in("new", name);
	assert_string_equal(
	    name, "1795492707.V4KQ7Rf027bb0955c51646.mx.example.org");
	assert_non_null(strstr(f.said, name));
	expect_bytes(file("new", name), f.text, f.n);
	assert_int_equal(mode_of(file("new", name)), 0600);
	assert_int_equal(mode_of(file("new", "")), 0700);
}

static void
keeps_every_octet_of_a_long_message(void **state)
{
	enum { SIZE = 200 * 1000 };
	char *message = calloc(1, SIZE), name[256];
	struct fake_delivery f = delivery(message);

	(void)state;
	assert_non_null(message);
	for (size_t i = 0; i < SIZE; i++)
		message[i] = (char)(i * 31 + i / 251);
	f.n = SIZE;
	f.step = 4099;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_int_equal(files_in("new", name), 1);
	expect_bytes(file("new", name), message, SIZE);
	free(message);
}

static void
names_a_file_after_the_delivery(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	f.d.mailbox = VB_STR("ann+tag@example.org");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 2, 0);
	f.d.id = VB_STR("4KQ8");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 3, 0);
	f.d.arrived++;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 4, 0);
}

static void
escapes_the_host_name(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256];

	(void)state;
	f.d.hostname = VB_STR("a/b:c");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	assert_non_null(strstr(name, ".a\\057b\\072c"));
}

static void
leaves_room_in_a_name_for_flags(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256], host[254];

	(void)state;
	memset(host, ':', sizeof(host));
	f.d.hostname = (struct vb_str){ host, sizeof(host) };
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	assert_true(strlen(name) <= 255 - 40);
}

static void
does_not_deliver_twice(void **state)
{
	static const char *const flags[] = { ":2,", ":2,FRS", ",S=2:2,S", "" };
	struct fake_delivery f = delivery("a\n");
	char name[256], from[1024], to[1024], seen[300];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
	files_in("new", name);
	snprintf(from, sizeof(from), "%s", file("new", name));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		snprintf(seen, sizeof(seen), "%s%s", name, flags[i]);
		snprintf(to, sizeof(to), "%s", file("cur", seen));
		assert_int_equal(rename(from, to), 0);
		assert_int_equal(deliver(&f), VB_DELIVERED);
		expect_files(0, 0, 1);
		assert_int_equal(rename(to, from), 0);
	}
}

static void
takes_no_other_file_in_cur_for_the_message(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256], longer[300];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	snprintf(longer, sizeof(longer), "%sx:2,S", name);
	move_to_cur(name, longer);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 1);
}

static void
takes_a_file_of_that_name_in_new_for_the_message(void **state)
{
	struct fake_delivery f = delivery("first\n");
	char name[256];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	f.text = "other\n";
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
	files_in("new", name);
	expect_bytes(file("new", name), "first\n", 6);
}

static void
delivers_again_what_is_not_there(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
	f.d.id = VB_STR("4KQ");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 2, 0);
}

static void
replaces_what_a_dead_courier_left_in_tmp(void **state)
{
	struct fake_delivery f = delivery("whole\n");
	char name[256], victim[256];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	assert_int_equal(unlink(file("new", name)), 0);
	put_file(file("tmp", name), "who");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
	expect_bytes(file("new", name), "whole\n", 6);

	assert_int_equal(unlink(file("new", name)), 0);
	snprintf(victim, sizeof(victim), "%s/victim", root);
	put_file(victim, "mine");
	assert_int_equal(symlink(victim, file("tmp", name)), 0);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_bytes(victim, "mine", 4);
	expect_bytes(file("new", name), "whole\n", 6);
}

static void
clears_tmp_when_it_finds_itself_in_new(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256], from[1024];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	snprintf(from, sizeof(from), "%s", file("new", name));
	assert_int_equal(link(from, file("tmp", name)), 0);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
}

static void
leaves_nothing_behind_when_it_fails(void **state)
{
	static const struct {
		int error;
		const char *status;
	} cases[] = {
		{ ENOSPC, "4.3.1" },
		{ EDQUOT, "4.2.2" },
		{ EIO, "4.3.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery("Subject: hi\n\nhi\n");

		f.error = cases[i].error;
		f.error_after = 5;
		assert_int_equal(deliver(&f), VB_LATER);
		assert_string_equal(f.status, cases[i].status);
		assert_non_null(strstr(f.said, strerror(f.error)));
		expect_files(0, 0, 0);
	}
}

static void
leaves_nothing_behind_when_the_disk_takes_no_more(void **state)
{
	const struct rlimit little = { 8, RLIM_INFINITY };
	struct fake_delivery f = delivery("Subject: hi\n\nhi\n");
	struct rlimit before;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_int_equal(deliver(&f), VB_LATER);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_string_equal(f.status, "4.3.0");
	expect_files(0, 0, 0);
}

static void
shows_a_message_only_when_it_is_on_disk(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256], wanted[1024];

	(void)state;
	f.dies_between = true; /* with what it has open */
	assert_int_equal(fake_deliver(&f, conf), VB_DELIVERED);
	fake_forget(&f.memory);
	expect_files(has_unnamed ? 0 : 1, 0, 0);
	snprintf(name, sizeof(name), "#");
	assert_int_equal(files_in("tmp", name), has_unnamed ? 0 : 1);
	snprintf(
	    wanted, sizeof(wanted), "/var/mail/example.org/ann/tmp/%s\n", name);
	if (has_unnamed)
		assert_memory_equal(
		    f.synced[FAKE_DELIVER], wanted, strlen(wanted) - 1);
	else
		assert_string_equal(f.synced[FAKE_DELIVER], wanted);

	f.dies_between = false;
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
}

/* And the count of links, where that was 0 when the message was synced. */
static void
is_done_when_its_entry_is_on_disk(void **state)
{
	struct fake_delivery f = delivery("a\n");
	const char *synced = f.synced[FAKE_PUBLISH];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	if (has_unnamed) {
		assert_ptr_equal(
		    strstr(synced, "/var/mail/example.org/ann/tmp/#"), synced);
		synced = strchr(synced, '\n') + 1;
	}
	assert_string_equal(synced, "/var/mail/example.org/ann/new\n");
}

/* Who put it there may have died before it was on disk. */
static void
has_synced_what_it_finds(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256], seen[300], wanted[1024];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	snprintf(wanted, sizeof(wanted),
	    "/var/mail/example.org/ann/new/%s\n"
	    "/var/mail/example.org/ann/new\n"
	    "/var/mail/example.org/ann/cur\n",
	    name);
	assert_string_equal(f.synced[FAKE_DELIVER], wanted);

	snprintf(seen, sizeof(seen), "%s:2,S", name);
	move_to_cur(name, seen);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	snprintf(wanted, sizeof(wanted),
	    "/var/mail/example.org/ann/cur/%s\n"
	    "/var/mail/example.org/ann/new\n"
	    "/var/mail/example.org/ann/cur\n",
	    seen);
	assert_string_equal(f.synced[FAKE_DELIVER], wanted);
	expect_files(0, 0, 1);
}

static void
needs_not_open_what_it_finds(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256];

	(void)state;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	files_in("new", name);
	assert_int_equal(unlink(file("new", name)), 0);
	assert_int_equal(symlink("nowhere", file("new", name)), 0);
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
}

static void
shows_nothing_when_the_disk_fails(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	f.bad_sync = 1;
	assert_int_equal(deliver(&f), VB_LATER);
	expect_files(0, 0, 0);
	f.bad_sync = 0;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
}

static void
is_there_once_when_the_disk_fails_at_last(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char name[256], flagged[300];

	(void)state;
	f.bad_sync = 2;
	assert_int_equal(deliver(&f), VB_LATER);
	expect_files(0, 1, 0);
	files_in("new", name);
	snprintf(flagged, sizeof(flagged), "%s:2,S", name);
	move_to_cur(name, flagged);
	f.bad_sync = 0;
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 0, 1);
}

static void
waits_when_it_cannot_have_a_file_synced(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	f.cannot_sync = true;
	assert_int_equal(deliver(&f), VB_LATER);
	assert_string_equal(f.status, "4.3.0");
	expect_files(0, 0, 0);
}

static void
waits_for_a_maildir_that_cannot_be_made(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/var", root);
	put_file(path, "");
	assert_int_equal(deliver(&f), VB_LATER);
	assert_string_equal(f.status, "4.3.0");
}

static void
refuses_a_name_that_leads_elsewhere(void **state)
{
	static const char *const users[] = { "", "..", ".ann", "a/b" };

	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct fake_delivery f = delivery("a\n");

		f.d.user = vb_str(users[i]);
		assert_int_equal(deliver(&f), VB_NEVER);
		assert_string_equal(f.status, "5.1.3");
	}
}

static enum vb_outcome
room_for(struct fake_delivery *f, uint64_t octets)
{
	const enum vb_outcome outcome = fake_room(f, octets, conf);

	fake_forget(&f->memory);
	return outcome;
}

/* Into the maildir, which is made with it. */
static void
put_message(const char *sub, const char *name, size_t size)
{
	char path[1100], bytes[2001];

	assert_true(size < sizeof(bytes));
	memset(bytes, 'x', size);
	bytes[size] = '\0';
	snprintf(path, sizeof(path), "mkdir -p %s", file(sub, ""));
	assert_int_equal(system(path), 0);
	put_file(file(sub, name), bytes);
}

static void
expect_sizes(const char *want)
{
	expect_bytes(file("", "maildirsize"), want, strlen(want));
}

static void
keeps_count_of_what_it_delivers(void **state)
{
	struct fake_delivery f = delivery("0123456789\n");

	(void)state;
	fake_set(&memory, conf, "quota", "1000");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_sizes("1000S\n0 0\n11 1\n");
	f.d.id = VB_STR("4KQ8");
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_sizes("1000S\n0 0\n11 1\n11 1\n");
	f.d.again = true;
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_sizes("1000S\n0 0\n11 1\n11 1\n");
}

static void
keeps_no_count_without_a_quota(void **state)
{
	struct fake_delivery f = delivery("a\n");
	struct stat st;

	(void)state;
	assert_false(vb_module.module->limits(conf));
	assert_int_equal(deliver(&f), VB_DELIVERED);
	assert_int_equal(stat(file("", "maildirsize"), &st), -1);
	fake_set(&memory, conf, "quota", "1k");
	assert_true(vb_module.module->limits(conf));
}

static void
refuses_what_is_more_than_the_quota(void **state)
{
	struct fake_delivery f = delivery("0123456789\n");
	char name[256];

	(void)state;
	fake_set(&memory, conf, "quota", "30");
	put_message("cur", "1.a.mx:2,S", 20);
	assert_int_equal(deliver(&f), VB_NEVER);
	assert_string_equal(f.status, "5.2.2");
	assert_string_equal(f.said, "mailbox is full: it has 20 of 30 octets");
	assert_int_equal(files_in("tmp", name), 0);
	assert_int_equal(files_in("new", name), 0);
	f.text = "012345678\n";
	f.n = 10;
	assert_int_equal(deliver(&f), VB_DELIVERED);
}

static void
counts_as_maildir_plus_plus_has_it(void **state)
{
	struct fake_delivery f = delivery("");

	(void)state;
	fake_set(&memory, conf, "quota", "100000");
	put_message("new", "1.a.mx", 100);
	put_message("cur", "2.a.mx,S=7000:2,S", 1);
	put_message("cur", "3.a.mx,S=:2,", 10);
	put_message("cur", "4.a.mx:2,ST", 2000);
	put_message(".Work/cur", "5.a.mx", 300);
	put_message(".Work.Old/new", "6.a.mx", 4);
	put_message(".Trash/cur", "7.a.mx", 2000);
	put_message("cur", ".nfs000", 2000);
	put_message("tmp", "8.a.mx", 2000);
	put_message("other/cur", "9.a.mx", 2000);
	assert_int_equal(room_for(&f, 0), VB_DELIVERED);
	expect_sizes("100000S\n7414 5\n");
}

static void
counts_anew_what_it_cannot_believe(void **state)
{
	static const char *const files[] = { "", "99S\n5 1\n", "1000S",
		"1000S\n", "1000S\nx 1\n", "1000S\n5\n", "1000S\n5 1",
		"1000S\n-5 1\n", "1000C\n5 1\n", "1000S,9C\n5 1\n",
		"1000S\n99999999999999999999 1\n",
		"1000S\n5000000000000000000 1\n5000000000000000000 1\n" };
	struct fake_delivery f = delivery("");
	char much[8000];
	int n;

	(void)state;
	fake_set(&memory, conf, "quota", "1000");
	put_message("new", "1.a.mx", 100);
	put_message("tmp", "none", 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put_file(file("", "maildirsize"), files[i]);
		assert_int_equal(room_for(&f, 0), VB_DELIVERED);
		expect_sizes("1000S\n100 1\n");
	}
	n = snprintf(much, sizeof(much), "1000S\n");
	for (int i = 0; i < 1400; i++)
		n += snprintf(much + n, sizeof(much) - (size_t)n, "0 0\n");
	put_file(file("", "maildirsize"), much);
	assert_int_equal(room_for(&f, 0), VB_DELIVERED);
	expect_sizes("1000S\n100 1\n");
}

static void
counts_anew_before_it_refuses(void **state)
{
	static const struct {
		const char *sizes;
		int age; /* of the file */
		enum vb_outcome outcome;
	} cases[] = {
		{ "1000S\n1000 9\n", 10, VB_NEVER }, /* counted just now */
		{ "1000S\n1000 9\n", 1000, VB_DELIVERED },
		{ "1000S\n500 9\n500 1\n", 10, VB_DELIVERED },
		{ "1000S\n500 9\n499 1\n", 10, VB_DELIVERED },
	};

	(void)state;
	fake_set(&memory, conf, "quota", "1000");
	put_message("new", "1.a.mx", 100);
	put_message("tmp", "none", 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_delivery f = delivery("");
		const struct timespec then[2] = {
			{ .tv_sec = time(NULL) - cases[i].age },
			{ .tv_sec = time(NULL) - cases[i].age },
		};

		put_file(file("", "maildirsize"), cases[i].sizes);
		utimensat(AT_FDCWD, file("", "maildirsize"), then, 0);
		assert_int_equal(room_for(&f, 0), cases[i].outcome);
		assert_string_equal(
		    f.status, cases[i].outcome == VB_NEVER ? "5.2.2" : "");
	}
	expect_sizes("1000S\n500 9\n499 1\n");
}

static void
has_room_in_a_maildir_that_is_not_there(void **state)
{
	struct fake_delivery f = delivery("");

	(void)state;
	fake_set(&memory, conf, "quota", "1000");
	assert_int_equal(room_for(&f, 0), VB_DELIVERED);
	assert_int_equal(room_for(&f, 1000), VB_DELIVERED);
	assert_int_equal(room_for(&f, 1001), VB_NEVER);
	f.d.user = VB_STR("..");
	assert_int_equal(room_for(&f, 0), VB_NEVER);
	assert_string_equal(f.status, "5.1.3");
}

static void
cannot_tell_the_room_of_what_is_no_maildir(void **state)
{
	struct fake_delivery f = delivery("");
	char path[600];

	(void)state;
	fake_set(&memory, conf, "quota", "1000");
	snprintf(path, sizeof(path), "mkdir -p %s; rmdir %s", box, box);
	assert_int_equal(system(path), 0);
	put_file(box, "");
	assert_int_equal(room_for(&f, 0), VB_LATER);
	assert_string_equal(f.status, "4.3.0");
}

static void
follows_no_link_where_its_count_should_be(void **state)
{
	struct fake_delivery f = delivery("a\n");
	char victim[256];

	(void)state;
	fake_set(&memory, conf, "quota", "1000");
	put_message("tmp", "none", 0);
	snprintf(victim, sizeof(victim), "%s/victim", root);
	put_file(victim, "1000S\n1 1\n");
	assert_int_equal(symlink(victim, file("", "maildirsize")), 0);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_bytes(victim, "1000S\n1 1\n", 10);
	expect_sizes("1000S\n0 0\n2 1\n");
}

/* A message of this id for ann and for bob, who are served in this order. */
static void
begin_pair(struct fake_delivery pair[2], const char *id)
{
	for (int i = 0; i < 2; i++) {
		pair[i] = delivery("Subject: hi\n\nhi all\n");
		pair[i].d.id = vb_str(id);
		pair[i].d.has_others = true;
	}
	pair[1].d.mailbox = VB_STR("bob@example.org");
	pair[1].d.user = VB_STR("bob");
}

/* The file in the new/ of a user, who has one. */
static struct stat
file_of(const char *user, char path[1024])
{
	char name[256];
	struct stat st;

	snprintf(box, sizeof(box), "%s/var/mail/example.org/%s", root, user);
	assert_int_equal(files_in("tmp", name), 0);
	assert_int_equal(files_in("new", name), 1);
	snprintf(path, 1024, "%s", file("new", name));
	assert_int_equal(stat(path, &st), 0);
	return st;
}

static bool
have_one_file(const struct fake_delivery pair[2])
{
	char path[1024];
	struct stat ann = file_of("ann", path), bob = file_of("bob", path);

	expect_bytes(path, pair[1].text, pair[1].n);
	return ann.st_ino == bob.st_ino;
}

static void
writes_a_message_once_for_all_recipients(void **state)
{
	struct fake_delivery pair[2];

	(void)state;
	begin_pair(pair, "SHARED1");
	deliver_all(pair, 2);
	assert_int_equal(pair[0].outcome, VB_DELIVERED);
	assert_int_equal(pair[1].outcome, VB_DELIVERED);
	assert_true(have_one_file(pair));
	assert_non_null(strstr(pair[1].synced[FAKE_PUBLISH], "bob/new\n"));
}

static void
writes_anew_what_the_other_may_not_have(void **state)
{
	struct fake_delivery pair[2];
	char path[1024];

	(void)state;
	fake_set(&memory, conf, "quota", "1k");
	begin_pair(pair, "SHARED2");
	assert_int_equal(deliver(pair), VB_DELIVERED);
	file_of("ann", path);
	put_file(file("", "maildirsize"), "1024S\n1024 1\n");
	begin_pair(pair, "SHARED3");
	deliver_all(pair, 2);
	assert_int_equal(pair[0].outcome, VB_NEVER);
	assert_int_equal(pair[1].outcome, VB_DELIVERED);
	file_of("bob", path);
	expect_bytes(path, pair[1].text, pair[1].n);
}

static void
writes_late_what_could_not_be_shared_after_all(void **state)
{
	struct fake_delivery pair[2];
	char path[1024];

	(void)state;
	begin_pair(pair, "SHARED4");
	pair[0].bad_sync = 1;
	deliver_all(pair, 2);
	assert_int_equal(pair[0].outcome, VB_LATER);
	assert_int_equal(pair[1].outcome, VB_DELIVERED);
	file_of("bob", path);
	expect_bytes(path, pair[1].text, pair[1].n);
}

static void
delivers_what_is_shared_only_once(void **state)
{
	struct fake_delivery pair[2];

	(void)state;
	begin_pair(pair, "SHARED5");
	deliver_all(pair, 2);
	pair[1].d.again = true;
	deliver(pair + 1);
	assert_int_equal(pair[1].outcome, VB_DELIVERED);
	assert_true(have_one_file(pair));
}

static void
shares_nothing_where_it_is_told_not_to(void **state)
{
	struct fake_delivery pair[2];

	(void)state;
	fake_set(&memory, conf, "share", "false");
	begin_pair(pair, "SHARED6");
	deliver_all(pair, 2);
	assert_false(have_one_file(pair));
}

static void
delivers_where_it_is_told(void **state)
{
	struct fake_delivery f = delivery("a\n");

	(void)state;
	f.d.home = VB_STR("/home/ann");
	fake_set(&memory, conf, "path", "{home}/Maildir");
	snprintf(box, sizeof(box), "%s/home/ann/Maildir", root);
	assert_int_equal(deliver(&f), VB_DELIVERED);
	expect_files(0, 1, 0);
}

static int
set_up(void **state)
{
	(void)state;
	fake_use();
	root = fake_root_create();
	conf = fake_conf(&memory);
	snprintf(box, sizeof(box), "%s/var/mail/example.org/ann", root);
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

/* From now on the file systems that we see have no files without names. */
static void
refuse_unnamed(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(
		    BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
		BPF_STMT(
		    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)EOPNOTSUPP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	has_unnamed = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	              prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(puts_a_message_in_new),
		TEST(keeps_every_octet_of_a_long_message),
		TEST(names_a_file_after_the_delivery),
		TEST(escapes_the_host_name),
		TEST(leaves_room_in_a_name_for_flags),
		TEST(does_not_deliver_twice),
		TEST(takes_no_other_file_in_cur_for_the_message),
		TEST(takes_a_file_of_that_name_in_new_for_the_message),
		TEST(delivers_again_what_is_not_there),
		TEST(clears_tmp_when_it_finds_itself_in_new),
		TEST(leaves_nothing_behind_when_it_fails),
		TEST(leaves_nothing_behind_when_the_disk_takes_no_more),
		TEST(shows_a_message_only_when_it_is_on_disk),
		TEST(is_done_when_its_entry_is_on_disk),
		TEST(has_synced_what_it_finds),
		TEST(needs_not_open_what_it_finds),
		TEST(shows_nothing_when_the_disk_fails),
		TEST(is_there_once_when_the_disk_fails_at_last),
		TEST(waits_when_it_cannot_have_a_file_synced),
		TEST(waits_for_a_maildir_that_cannot_be_made),
		TEST(refuses_a_name_that_leads_elsewhere),
		TEST(keeps_count_of_what_it_delivers),
		TEST(keeps_no_count_without_a_quota),
		TEST(refuses_what_is_more_than_the_quota),
		TEST(counts_as_maildir_plus_plus_has_it),
		TEST(counts_anew_what_it_cannot_believe),
		TEST(counts_anew_before_it_refuses),
		TEST(has_room_in_a_maildir_that_is_not_there),
		TEST(cannot_tell_the_room_of_what_is_no_maildir),
		TEST(follows_no_link_where_its_count_should_be),
		TEST(writes_a_message_once_for_all_recipients),
		TEST(writes_anew_what_the_other_may_not_have),
		TEST(writes_late_what_could_not_be_shared_after_all),
		TEST(delivers_what_is_shared_only_once),
		TEST(shares_nothing_where_it_is_told_not_to),
		TEST(delivers_where_it_is_told),
	};
	const struct CMUnitTest in_tmp[] = {
		TEST(replaces_what_a_dead_courier_left_in_tmp),
	};
	int failed = cmocka_run_group_tests_name("maildir", tests, NULL, NULL);

	refuse_unnamed();
	if (has_unnamed)
		abort();
	failed += cmocka_run_group_tests_name(
	    "maildir without unnamed files", tests, NULL, NULL);
	failed += cmocka_run_group_tests_name(
	    "maildir that has a dead courier's files", in_tmp, NULL, NULL);
	return failed;
}
