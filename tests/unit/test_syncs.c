/* Syncing a batch: each file or its file system, and who is told of a failure.
 */
#include "tests/unit/segment_fixture.h"

#include <errno.h>

#include "core/mail/syncs.h"

static int singly, whole, error;

/* Counted, and failing when they shall. */
int
fsync(int fd)
{
	(void)fd;
	singly++;
	errno = error;
	return error == 0 ? 0 : -1;
}

int syncfs(int fd);

int
syncfs(int fd)
{
	(void)fd;
	whole++;
	errno = error;
	return error == 0 ? 0 : -1;
}

static int
some_file(unsigned number)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "some%u", number);
	fd = open(name, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	return fd;
}

static void
syncs_a_few_files_and_many_at_once(void **state)
{
	static const struct {
		unsigned files;
		int singly, whole;
	} cases[] = { { 0, 0, 0 }, { 1, 1, 0 }, { SYNCS_SINGLY, 4, 0 },
		{ SYNCS_SINGLY + 1, 0, 1 }, { 100, 0, 1 } };
	int before = open_descriptors();

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct syncs s = { 0 };
		dev_t device = 0;

		singly = whole = 0;
		for (unsigned k = 0; k < cases[i].files; k++) {
			int fd = some_file(k);

			assert_true(syncs_add(&s, fd, &device));
			close(fd); /* it has a copy */
		}
		syncs_run(&s);
		assert_int_equal(singly, cases[i].singly);
		assert_int_equal(whole, cases[i].whole);
		assert_int_equal(syncs_error(&s, device), 0);
		assert_int_equal(open_descriptors(), before);
		syncs_run(&s); /* nothing is left to do */
		assert_int_equal(singly, cases[i].singly);
		assert_int_equal(whole, cases[i].whole);
	}
}

static void
syncs_a_file_once_however_often_it_is_noted(void **state)
{
	struct syncs s = { 0 };
	dev_t device = 0;

	(void)state;
	singly = whole = 0;
	for (unsigned i = 0; i < 100; i++) {
		int fd = some_file(i % 2);

		assert_true(syncs_add(&s, fd, &device));
		close(fd);
	}
	syncs_run(&s);
	assert_int_equal(singly, 2);
	assert_int_equal(whole, 0);
}

static void
tells_what_failed_until_the_next_run(void **state)
{
	(void)state;
	for (unsigned files = 1; files < 9; files++) {
		struct syncs s = { 0 };
		int fd = some_file(0), before = open_descriptors();
		dev_t device;

		for (unsigned k = 0; k < files; k++) {
			int other = some_file(k);

			assert_true(syncs_add(&s, other, &device));
			close(other);
		}
		error = EIO;
		syncs_run(&s);
		error = 0;
		assert_int_equal(syncs_error(&s, device), EIO);
		assert_int_equal(syncs_error(&s, device + 4711), 0);
		assert_int_equal(open_descriptors(), before);
		assert_true(syncs_add(&s, fd, &device));
		assert_int_equal(syncs_run(&s), 0);
		assert_int_equal(syncs_error(&s, device), 0);
		close(fd);
	}
}

static void
knows_file_systems_apart(void **state)
{
	struct syncs s = { 0 };
	int there = open("/proc/self/stat", O_RDONLY);
	dev_t a, b;

	(void)state;
	singly = whole = 0;
	for (unsigned i = 0; i < 6; i++) {
		int here = some_file(i);

		assert_true(syncs_add(&s, here, &a));
		close(here);
	}
	assert_true(syncs_add(&s, there, &b));
	assert_true(a != b);
	syncs_run(&s);
	assert_int_equal(whole, 1);
	assert_int_equal(singly, 1);
	close(there);
}

static void
leaves_to_others_what_it_cannot_note(void **state)
{
	struct syncs s = { 0 };
	dev_t device;
	int fd = some_file(0);

	(void)state;
	errno = 0;
	assert_false(syncs_add(&s, -1, &device));
	assert_int_equal(errno, EBADF);
	for (dev_t i = 0; i < SYNCS_FILE_SYSTEMS; i++)
		s.fs[s.n++].device = 100000 + i;
	errno = 0;
	assert_false(syncs_add(&s, fd, &device));
	assert_int_equal(errno, EMFILE);
	singly = whole = 0;
	syncs_run(&s);
	assert_int_equal(singly + whole, 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syncs_a_few_files_and_many_at_once),
		cmocka_unit_test(syncs_a_file_once_however_often_it_is_noted),
		cmocka_unit_test(tells_what_failed_until_the_next_run),
		cmocka_unit_test(knows_file_systems_apart),
		cmocka_unit_test(leaves_to_others_what_it_cannot_note),
	};

	return cmocka_run_group_tests_name(
	    "syncs", tests, enter_new_directory, remove_directory);
}
