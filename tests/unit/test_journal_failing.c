/* The journal on a disk that fails: who is told what, and that it goes on. */
#include "tests/unit/journal_fixture.h"

#include <signal.h>
#include <sys/resource.h>

/* So many of the next batches fail: while they are written, or synced. */
static _Atomic int bad_writes, bad_syncs;
static _Thread_local bool is_batch;

ssize_t
pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
	bool is_bad = bad_writes > 0;
	size_t done = 0;

	if (is_bad)
		bad_writes--;
	for (int i = 0; i < n; i++) {
		ssize_t got = pwrite(
		    fd, parts[i].iov_base, parts[i].iov_len, at + (off_t)done);

		if (got < 0)
			return -1;
		done += (size_t)got;
	}
	errno = EIO;
	is_batch = true;
	return is_bad ? -1 : (ssize_t)done;
}

int
fdatasync(int fd)
{
	bool is_bad = is_batch && bad_syncs > 0;

	is_batch = false;
	if (is_bad)
		bad_syncs--;
	errno = EIO;
	return is_bad ? -1 : fsync(fd);
}

static void
fail_next(bool in_sync, int n)
{
	bad_writes = in_sync ? 0 : n;
	bad_syncs = in_sync ? n : 0;
}

/* The octets may be on the disk all the same: the void record says no. */
static void
a_message_is_void_before_it_is_said_to_have_failed(void **state)
{
	(void)state;
	for (int in_sync = 0; in_sync < 2; in_sync++) {
		struct journal_test *t = journal_open(9);
		struct append a = journal_message("A", 1, 1),
			      lost = journal_message("LOST", 10, 500),
			      after = journal_message("C", 1, 1);
		uint64_t first;

		journal_try(t, &a);
		first = a.place.incarnation;
		fail_next(in_sync == 1, 1);
		assert_int_equal(journal_try(t, &lost), JOURNAL_FAILED);
		assert_int_equal(lost.error, EIO);
		assert_int_equal(
		    journal_count(t, first, 0, RECORD_MESSAGE, "LOST"), 1);
		assert_int_equal(
		    journal_count_all(t, RECORD_MESSAGE, "LOST"), 0);
		assert_int_equal(journal_count_all(t, RECORD_VOID, "LOST"), 1);
		assert_int_equal(journal_count_all(t, RECORD_VOID, NULL), 1);
		assert_true(journal_told_of(t, first)->is_sealed);
		assert_int_equal(journal_try(t, &after), JOURNAL_DURABLE);
		assert_int_not_equal(after.place.incarnation, first);
	}
}

static struct told *watched;
static int watched_fd;

static void
see_the_lock(struct append *a)
{
	(void)a;
	assert_true(watched->is_sealed);
	assert_true(watched->has_writer); /* when it was told, still */
	assert_false(segment_has_writer(watched_fd));
}

/* Whoever starts meanwhile, and finds no writer, would read what was lost. */
static void
keeps_the_segment_locked_until_what_was_lost_is_void(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 1, 1),
		      lost = journal_message("LOST", 1, 1);

	(void)state;
	journal_try(t, &a);
	watched = journal_told_of(t, a.place.incarnation);
	watched_fd = segment_open(t->dir, a.place.incarnation);
	fail_next(false, 1);
	lost.then = see_the_lock;
	assert_int_equal(journal_try(t, &lost), JOURNAL_FAILED);
	close(watched_fd);
}

/* To void it would say that its message is done with. */
static void
a_mark_that_failed_is_not_declared_void(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 1, 1),
		      mark = journal_message("A", 8, 0),
		      lost = journal_message("LOST", 1, 1);

	(void)state;
	journal_try(t, &a);
	mark.entry.type = RECORD_DONE;
	fail_next(true, 1);
	journal_put(t, &mark);
	journal_put(t, &lost);
	journal_run(t);
	assert_int_equal(mark.result, JOURNAL_FAILED);
	assert_int_equal(lost.result, JOURNAL_FAILED);
	assert_int_equal(journal_count_all(t, RECORD_VOID, "A"), 0);
	assert_int_equal(journal_count_all(t, RECORD_VOID, "LOST"), 1);
	mark.answers = 0;
	fail_next(true, 1);
	assert_int_equal(journal_try(t, &mark), JOURNAL_FAILED);
	assert_int_equal(journal_count_all(t, RECORD_VOID, NULL), 1);
	mark.answers = 0;
	assert_int_equal(journal_try(t, &mark), JOURNAL_DURABLE);
}

static void
says_nothing_when_it_cannot_be_declared_void(void **state)
{
	(void)state;
	for (int in_sync = 0; in_sync < 2; in_sync++) {
		struct journal_test *t = journal_open(9);
		struct append a = journal_message("A", 1, 1),
			      lost = journal_message("LOST", 1, 1),
			      other = journal_message("OTHER", 1, 1),
			      after = journal_message("C", 1, 1);
		int before;

		journal_try(t, &a);
		before = open_descriptors();
		fail_next(in_sync == 1, 2);
		assert_int_equal(journal_try(t, &lost), JOURNAL_UNKNOWN);
		assert_int_equal(journal_try(t, &other), JOURNAL_DURABLE);
		assert_int_equal(journal_try(t, &after), JOURNAL_DURABLE);
		assert_int_equal(open_descriptors(), before);
		for (size_t i = 0; i < t->n_told; i++)
			assert_int_equal(t->told[i].is_sealed,
			    t->told[i].incarnation != after.place.incarnation);
	}
}

enum { MANY = 700 };

static struct append many[MANY];

/* Three batches wait; one is lost; what waited behind it is not. */
static void
loses_one_batch_only(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 1, 1);

	(void)state;
	journal_try(t, &a);
	for (size_t i = 0; i < MANY; i++) {
		many[i] = journal_message("MANY", 3, 40);
		journal_put(t, &many[i]);
	}
	fail_next(false, 1);
	journal_run(t);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(many[i].answers, 1);
		assert_int_equal(many[i].result,
		    i < BATCH_RECORDS ? JOURNAL_FAILED : JOURNAL_DURABLE);
	}
	assert_int_equal(
	    journal_count_all(t, RECORD_VOID, "MANY"), BATCH_RECORDS);
	assert_int_equal(
	    journal_count_all(t, RECORD_MESSAGE, "MANY"), MANY - BATCH_RECORDS);
}

/* The limit of segments: whoever waits is told, and it goes on when one is
   free again. */
static void
fails_while_there_is_no_segment(void **state)
{
	struct journal_test *t = journal_open(1);
	struct append large = journal_message("L", 1, JOURNAL_LARGEST - 1),
		      next = journal_message("N", 1, JOURNAL_LARGEST - 1);
	int before;

	(void)state;
	assert_int_equal(journal_try(t, &large), JOURNAL_DURABLE);
	before = open_descriptors();
	for (int i = 0; i < 20; i++) {
		next.answers = 0;
		assert_int_equal(journal_try(t, &next), JOURNAL_FAILED);
		assert_int_equal(next.error, ENOSPC);
	}
	assert_int_equal(open_descriptors(), before);
	assert_true(segment_free(t->dir, large.place.incarnation));
	next.answers = 0;
	assert_int_equal(journal_try(t, &next), JOURNAL_FAILED); /* locked */
	assert_int_equal(next.error, ENOSPC);
}

static void
fails_where_the_directory_is_gone(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 1, 1),
		      large = journal_message("L", 1, JOURNAL_LARGEST - 1);

	(void)state;
	assert_int_equal(journal_try(t, &a), JOURNAL_DURABLE);
	assert_int_equal(journal_try(t, &large), JOURNAL_DURABLE);
	large.answers = 0;
	assert_int_equal(system("rm -r j"), 0);
	assert_int_equal(journal_try(t, &large), JOURNAL_FAILED);
	assert_int_not_equal(large.error, 0);
}

static struct rlimit usual_size;

static void
limit_files(rlim_t size)
{
	struct rlimit small = { size, usual_size.rlim_max };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
}

/* No room where it is, and none for another segment. */
static void
goes_on_when_there_is_room_again(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 1, 1),
		      large = journal_message("L", 1, 900000),
		      after = journal_message("B", 1, 1);

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual_size), 0);
	assert_int_equal(journal_try(t, &a), JOURNAL_DURABLE);
	for (size_t room = 0; room < 3; room++) {
		limit_files(room * 20000);
		large.answers = after.answers = 0;
		assert_int_not_equal(journal_try(t, &large), JOURNAL_DURABLE);
		assert_int_equal(journal_try(t, &after), JOURNAL_FAILED);
		assert_int_equal(after.error, EFBIG);
		limit_files(usual_size.rlim_cur);
		after.answers = 0;
		assert_int_equal(journal_try(t, &after), JOURNAL_DURABLE);
	}
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, "L"), 0);
}

static unsigned rest;

static void
once_more(struct append *a)
{
	if (rest == 0)
		return;
	rest--;
	a->answers = 0;
	journal_put(a->test, a);
}

/* Small ones still fit, large ones do not, and each try for another segment
   fails while the others are written. Nothing is answered wrongly, and nothing
   goes where there is no segment. */
static void
tells_right_from_wrong_while_it_tries_for_a_segment(void **state)
{
	enum { NEARLY = JOURNAL_LARGEST - 4000000 };
	struct journal_test *t = journal_open(1);
	struct append first = journal_message("F", 1, NEARLY);
	unsigned durable;

	(void)state;
	assert_int_equal(journal_try(t, &first), JOURNAL_DURABLE);
	rest = 300;
	for (size_t i = 0; i < 40; i++) {
		many[i] = journal_message(i % 2 == 0 ? "S" : "L", 1,
		    i % 2 == 0 ? 1 : JOURNAL_LARGEST - 1);
		many[i].then = once_more;
		journal_put(t, &many[i]);
	}
	journal_run(t);
	durable = t->durable;
	assert_int_equal(t->unknown, 0);
	assert_int_equal(t->n_told, 1);
	assert_int_equal(durable, journal_count_all(t, RECORD_MESSAGE, NULL));
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, "L"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_message_is_void_before_it_is_said_to_have_failed),
		cmocka_unit_test(
		    keeps_the_segment_locked_until_what_was_lost_is_void),
		cmocka_unit_test(a_mark_that_failed_is_not_declared_void),
		cmocka_unit_test(says_nothing_when_it_cannot_be_declared_void),
		cmocka_unit_test(loses_one_batch_only),
		cmocka_unit_test(fails_while_there_is_no_segment),
		cmocka_unit_test(fails_where_the_directory_is_gone),
		cmocka_unit_test(goes_on_when_there_is_room_again),
		cmocka_unit_test(
		    tells_right_from_wrong_while_it_tries_for_a_segment),
	};

	return cmocka_run_group_tests_name(
	    "journal_failing", tests, enter_new_directory, remove_directory);
}
