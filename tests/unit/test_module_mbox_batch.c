/* modules/mbox.c: what a batch of deliveries has in common. */
#include <sys/syscall.h>
#include <time.h>

#include "tests/unit/mbox_fixture.h"

#define STORED(body) FROM_LINE body "\n\n"

/* How the system makes a file shorter for the time of a test. */
static int cut_error;

int
ftruncate(int fd, off_t size)
{
	struct stat st;

	if (cut_error != 0 && fstat(fd, &st) == 0 && size < st.st_size) {
		errno = cut_error;
		return -1;
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

/* How the system looks for a dot-lock for the time of a test. */
static int look_error;

int
fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	const size_t n = strlen(path);

	if (look_error != 0 && n > 5 && strcmp(path + n - 5, ".lock") == 0) {
		errno = look_error;
		return -1;
	}
	return (int)syscall(SYS_newfstatat, dir, path, st, flags);
}

/* Three to the same mailbox: "1", "2", "3". */
static void
three(struct fake_delivery f[3])
{
	static const char *const texts[] = { "1\n", "2\n", "3\n" };

	for (size_t i = 0; i < 3; i++)
		f[i] = delivery(texts[i]);
}

static void
deliver_batch(struct fake_delivery *f, size_t n)
{
	const int files = fake_open_files();

	fake_deliver_batch(f, n, conf);
	assert_int_equal(fake_open_files(), files);
	for (size_t i = 0; i < n; i++)
		fake_forget(&f[i].memory);
}

static void
expect_outcomes(const struct fake_delivery *f, size_t n, const char *outcomes)
{
	static const char letters[] = {
		[VB_FAILED] = 'f',
		[VB_DELIVERED] = 'd',
		[VB_LATER] = 'l',
		[VB_NEVER] = 'n',
	};

	for (size_t i = 0; i < n; i++)
		if (letters[f[i].outcome] != outcomes[i])
			fail_msg("%zu of %s: %s", i, outcomes, f[i].said);
}

/* A courier that has written its batch and is about to have it synced. */
static pid_t
stop_between(struct fake_delivery *f, size_t n)
{
	int ready[2];
	pid_t child;
	char c;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(30);
		f[0].dies_between = true;
		fake_deliver_batch(f, n, conf);
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

static bool
is_locked(const char *path)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const int fd = open(path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETLK, &all), 0);
	close(fd);
	return all.l_type != F_UNLCK;
}

static void
appends_one_behind_the_other(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	three(f);
	put_file(box, "b\n");
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "ddd");
	expect_file(box, "b\n\n" STORED("1") STORED("2") STORED("3"));
	assert_int_not_equal(access(lock, F_OK), 0);
}

static void
has_what_it_did_synced_in_both_halves(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	three(f);
	deliver_batch(f, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(
		    f[i].synced[FAKE_DELIVER], "/var/mail/ann\n/var/mail\n");
		assert_string_equal(f[i].synced[FAKE_PUBLISH], "/var/mail\n");
	}
	three(f);
	fake_set(&memory, conf, "dotlock", "false");
	deliver_batch(f, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(
		    f[i].synced[FAKE_DELIVER], "/var/mail/ann\n");
		assert_string_equal(f[i].synced[FAKE_PUBLISH], "");
	}
}

static void
holds_both_locks_until_all_is_on_disk(void **state)
{
	struct fake_delivery f[3];
	pid_t child;

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "0s");
	put_file(box, "b\n\n");
	three(f);
	child = stop_between(f, 3);
	assert_int_equal(access(lock, F_OK), 0);
	assert_true(is_locked(lock));
	assert_true(is_locked(box));
	expect_later("a\n", "4.2.0");
	end(child);
	assert_false(is_locked(box));
}

static void
cuts_off_all_that_a_dead_courier_had_not_said_to_be_there(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	put_file(box, "b\n\n");
	three(f);
	end(stop_between(f, 3));
	expect_file(box, "b\n\n" STORED("1") STORED("2") STORED("3"));
	expect_delivered("a\n");
	expect_file(box, "b\n\n" STORED("a"));
}

static void
delivers_once_what_a_dead_courier_had_begun(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	for (int i = 0; i < 2; i++) {
		fake_set(&memory, conf, "dotlock", i == 0 ? "true" : "false");
		put_file(box, "b\n\n");
		three(f);
		end(stop_between(f, 3));
		for (size_t k = 0; k < 3; k++) {
			f[k].d.again = true;
			f[k].dies_between = false;
			assert_int_equal(deliver(&f[k]), VB_DELIVERED);
		}
		expect_file(box, "b\n\n" STORED("1") STORED("2") STORED("3"));
	}
}

static void
finds_itself_in_company(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	three(f);
	deliver_batch(f, 2);
	three(f);
	f[0].d.again = f[1].d.again = f[2].d.again = true;
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "ddd");
	assert_non_null(strstr(f[1].said, "has it"));
	expect_file(box, STORED("1") STORED("2") STORED("3"));
}

/* One of the three cannot be read to its end. */
static void
cuts_off_only_what_fails(void **state)
{
	static const struct {
		const char *outcomes, *after;
	} cases[] = {
		{ "ldd", "b\n\n" STORED("2") STORED("3") },
		{ "dld", "b\n\n" STORED("1") STORED("3") },
		{ "ddl", "b\n\n" STORED("1") STORED("2") },
	};
	static char message[200 * 1000 + 1];

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	for (size_t i = 0; i < 2 * LENGTH(cases); i++) {
		struct fake_delivery f[3];

		fake_set(&memory, conf, "dotlock", i % 2 ? "true" : "false");
		three(f);
		f[i / 2].text = message;
		f[i / 2].error = EIO;
		f[i / 2].error_after = 150 * 1000;
		put_file(box, "b\n");
		deliver_batch(f, 3);
		expect_outcomes(f, 3, cases[i / 2].outcomes);
		expect_file(box, cases[i / 2].after);
		assert_int_not_equal(access(lock, F_OK), 0);
	}
}

static void
cuts_off_all_when_the_disk_fails(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	for (int i = 0; i < 2; i++) {
		fake_set(&memory, conf, "dotlock", i == 0 ? "true" : "false");
		three(f);
		f[0].bad_sync = f[1].bad_sync = f[2].bad_sync = 1;
		put_file(box, "b\n");
		deliver_batch(f, 3);
		expect_outcomes(f, 3, "lll");
		expect_file(box, "b\n");
		assert_int_not_equal(access(lock, F_OK), 0);
	}
}

static void
cuts_off_what_cannot_be_handed_to_be_synced(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	three(f);
	f[1].cannot_sync = true;
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "dld");
	expect_file(box, STORED("1") STORED("3"));
}

static void
keeps_in_mind_what_it_could_not_cut_off(void **state)
{
	static char message[200 * 1000 + 1];
	struct fake_delivery f[3];
	struct stat st;

	(void)state;
	memset(message, 'x', sizeof(message) - 1);
	three(f);
	f[1].error = EIO;
	f[1].text = message;
	f[1].error_after = 150 * 1000;
	cut_error = EIO;
	put_file(box, "b\n");
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "dll");
	assert_int_equal(access(lock, F_OK), 0);
	assert_int_equal(stat(box, &st), 0);
	assert_int_equal(
	    st.st_size, strlen("b\n\n" STORED("1")) + 2 * 64 * 1024);
	cut_error = 0;
	expect_delivered("a\n");
	expect_file(box, "b\n\n" STORED("1") STORED("a"));
}

static void
leaves_it_to_the_next_when_the_disk_fails_for_good(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	three(f);
	f[0].bad_sync = f[1].bad_sync = f[2].bad_sync = 1;
	cut_error = EIO;
	put_file(box, "b\n\n");
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "lll");
	expect_file(box, "b\n\n" STORED("1") STORED("2") STORED("3"));
	assert_int_equal(access(lock, F_OK), 0);
	cut_error = 0;
	expect_delivered("a\n");
	expect_file(box, "b\n\n" STORED("a"));
}

/* Neither is it known whether it is still ours. The next must not take it for
   one that was left while the mailbox grew. */
static void
keeps_what_it_wrote_when_its_dot_lock_cannot_be_looked_at(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	three(f);
	look_error = EIO;
	put_file(box, "b\n\n");
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "ddd");
	assert_int_equal(access(lock, F_OK), 0);
	look_error = 0;
	expect_delivered("a\n");
	expect_file(
	    box, "b\n\n" STORED("1") STORED("2") STORED("3") STORED("a"));
	assert_int_not_equal(access(lock, F_OK), 0);
}

static void
waits_for_no_lock_in_company(void **state)
{
	const time_t before = time(NULL);
	struct fake_delivery f[3];
	pid_t child;

	(void)state;
	fake_set(&memory, conf, "lock_timeout", "1h");
	put_file(box, "b\n\n");
	child = hold(box);
	three(f);
	f[1].d.user = VB_STR("bob");
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "ldl");
	assert_string_equal(f[0].status, "4.2.0");
	assert_in_range(time(NULL) - before, 0, 10);
	end(child);
	expect_file(box, "b\n\n");
}

/* Paths of two users that lead to one file. */
static void
does_not_take_its_own_locks_for_those_of_the_dead(void **state)
{
	struct fake_delivery f[3];
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/var/b", root);
	assert_int_equal(symlink("mail", path), 0);
	fake_set(&memory, conf, "path", "/var/{domain}/ann");
	for (int i = 0; i < 2; i++) {
		fake_set(&memory, conf, "dotlock", i == 0 ? "true" : "false");
		put_file(box, "");
		three(f);
		f[0].d.domain = f[2].d.domain = VB_STR("mail");
		f[1].d.domain = VB_STR("b");
		deliver_batch(f, 3);
		expect_outcomes(f, 3, "dld");
		assert_string_equal(f[1].status, "4.2.0");
		expect_file(box, STORED("1") STORED("3"));
		assert_int_equal(deliver(&f[1]), VB_DELIVERED);
		expect_file(box, STORED("1") STORED("3") STORED("2"));
	}
}

static void
shares_a_mailbox_that_two_users_have(void **state)
{
	struct fake_delivery f[3];

	(void)state;
	fake_set(&memory, conf, "path", "/var/mail/ann");
	three(f);
	f[1].d.user = VB_STR("bob");
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "ddd");
	expect_file(box, STORED("1") STORED("2") STORED("3"));
}

/* More than may be open at once: each takes two files, and one that the test
   opens for its directory. */
static void
settles_the_oldest_when_too_many_are_open(void **state)
{
	enum { MANY = 200, OPEN_AT_ONCE = 64 };
	static struct fake_delivery f[MANY];
	static char users[MANY][8];
	struct rlimit before, few;
	char path[160];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(users[i], sizeof(users[i]), "u%zu", i);
		f[i] = delivery("a\n");
		f[i].d.user = vb_str(users[i]);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)fake_open_files() + MANY + 2 * OPEN_AT_ONCE + 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	deliver_batch(f, MANY);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(f[i].outcome, VB_DELIVERED);
		snprintf(path, sizeof(path), "%s/var/mail/u%zu", root, i);
		expect_file(path, STORED("a"));
		snprintf(path, sizeof(path), "%s/var/mail/u%zu.lock", root, i);
		assert_int_not_equal(access(path, F_OK), 0);
	}
}

static void
counts_what_it_has_just_written_against_the_quota(void **state)
{
	struct vb_bytes *quota = fake_field(conf, "quota");
	struct fake_delivery f[3];

	(void)state;
	quota->value = 2 * strlen(STORED("1"));
	three(f);
	deliver_batch(f, 3);
	expect_outcomes(f, 3, "ddn");
	expect_file(box, STORED("1") STORED("2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(appends_one_behind_the_other),
		TEST(has_what_it_did_synced_in_both_halves),
		TEST(holds_both_locks_until_all_is_on_disk),
		TEST(cuts_off_all_that_a_dead_courier_had_not_said_to_be_there),
		TEST(delivers_once_what_a_dead_courier_had_begun),
		TEST(finds_itself_in_company),
		TEST(cuts_off_only_what_fails),
		TEST(cuts_off_all_when_the_disk_fails),
		TEST(cuts_off_what_cannot_be_handed_to_be_synced),
		TEST(keeps_in_mind_what_it_could_not_cut_off),
		TEST(leaves_it_to_the_next_when_the_disk_fails_for_good),
		TEST(keeps_what_it_wrote_when_its_dot_lock_cannot_be_looked_at),
		TEST(waits_for_no_lock_in_company),
		TEST(does_not_take_its_own_locks_for_those_of_the_dead),
		TEST(shares_a_mailbox_that_two_users_have),
		TEST(settles_the_oldest_when_too_many_are_open),
		TEST(counts_what_it_has_just_written_against_the_quota),
	};

	return cmocka_run_group_tests_name("mbox, batches", tests, NULL, NULL);
}
