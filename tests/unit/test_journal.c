/* The journal when all is well: batches, order, one segment after another. */
#include "tests/unit/journal_fixture.h"

static _Atomic unsigned batches, syncs;

/* As the system's, counted. */
ssize_t
pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
	size_t done = 0;

	batches++;
	for (int i = 0; i < n; i++) {
		ssize_t got = pwrite(
		    fd, parts[i].iov_base, parts[i].iov_len, at + (off_t)done);

		assert_int_equal(got, parts[i].iov_len);
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int
fdatasync(int fd)
{
	syncs++;
	return fsync(fd);
}

enum { MANY = 1000 };

static struct append many[MANY];

static void
make_many(size_t head, size_t body)
{
	for (size_t i = 0; i < MANY; i++)
		many[i] = journal_message("06CK0V4Q8R2M1", head, body);
}

static void
is_durable_when_it_is_answered(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 10, 20);
	struct told *told;

	(void)state;
	assert_int_equal(journal_try(t, &a), JOURNAL_DURABLE);
	told = journal_told_of(t, a.place.incarnation);
	assert_int_equal(a.place.at, SEGMENT_BLOCK);
	assert_int_equal(told->end, 2 * SEGMENT_BLOCK);
	assert_false(told->is_sealed);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, "A"), 1);
}

static void
takes_what_comes_in_one_turn_with_few_writes(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append first = journal_message("F", 1, 1);

	(void)state;
	journal_try(t, &first); /* there is a segment now */
	make_many(20, 100);
	batches = syncs = 0;
	for (size_t i = 0; i < MANY; i++)
		journal_put(t, &many[i]);
	journal_run(t);
	assert_int_equal(t->durable, MANY + 1);
	assert_int_equal(batches, (MANY + BATCH_RECORDS - 1) / BATCH_RECORDS);
	assert_int_equal(syncs, batches);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, NULL), MANY + 1);
}

static void
answers_once_and_in_order(void **state)
{
	struct journal_test *t = journal_open(9);

	(void)state;
	make_many(5, 300);
	for (size_t i = 0; i < MANY; i++)
		journal_put(t, &many[i]);
	journal_run(t);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(many[i].answers, 1);
		assert_int_equal(many[i].number, i);
		assert_true(i == 0 || many[i].place.at > many[i - 1].place.at);
	}
}

static unsigned rest;

static void
once_more(struct append *a)
{
	if (rest == 0)
		return;
	rest--;
	journal_put(a->test, a);
}

/* While one batch is on its way the next gathers. */
static void
takes_fewer_writes_the_more_goes_on(void **state)
{
	struct journal_test *t = journal_open(9);

	(void)state;
	make_many(20, 500);
	rest = 2000;
	batches = 0;
	for (size_t i = 0; i < 50; i++) {
		many[i].then = once_more;
		journal_put(t, &many[i]);
	}
	journal_run(t);
	assert_int_equal(t->durable, 2050);
	assert_in_range(batches, 2050 / 50, 2050 / 20);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, NULL), 2050);
}

/* A record is told of before it is answered, a segment sealed once and without
   a writer. */
static void
goes_from_segment_to_segment(void **state)
{
	enum { LARGE = 1000 * 1000, N_LARGE = 100 };
	struct journal_test *t = journal_open(20);
	unsigned sealed = 0;

	(void)state;
	make_many(100, LARGE);
	for (size_t i = 0; i < N_LARGE; i++) {
		assert_int_equal(journal_try(t, &many[i]), JOURNAL_DURABLE);
		assert_true(many[i].place.at + LARGE <
			    journal_told_of(t, many[i].place.incarnation)->end);
	}
	for (size_t i = 0; i < t->n_told; i++) {
		assert_int_equal(t->told[i].has_writer, !t->told[i].is_sealed);
		sealed += t->told[i].is_sealed;
	}
	assert_int_equal(t->n_told, (N_LARGE + 15) / 16);
	assert_int_equal(sealed, t->n_told - 1);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, NULL), N_LARGE);
}

static void
takes_the_largest_and_refuses_larger(void **state)
{
	struct journal_test *t = journal_open(5);
	struct append small = journal_message("S", 1, 1),
		      largest = journal_message("L", 3, JOURNAL_LARGEST - 3),
		      larger = journal_message("M", 4, JOURNAL_LARGEST - 3),
		      after = journal_message("A", 1, 1);

	(void)state;
	journal_put(t, &small);
	journal_put(t, &larger);
	journal_put(t, &largest);
	journal_put(t, &after);
	journal_run(t);
	assert_int_equal(small.result, JOURNAL_DURABLE);
	assert_int_equal(largest.result, JOURNAL_DURABLE);
	assert_int_equal(after.result, JOURNAL_DURABLE);
	assert_int_equal(larger.result, JOURNAL_FAILED);
	assert_int_equal(larger.error, EMSGSIZE);
	assert_int_equal(larger.answers, 1);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, NULL), 3);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, "M"), 0);
}

static void
syncs_nothing_for_what_is_lax(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append first = journal_message("F", 1, 1),
		      strict = journal_message("S", 1, 1);

	(void)state;
	journal_try(t, &first);
	make_many(8, 0);
	syncs = 0;
	for (size_t i = 0; i < 5; i++) {
		many[i].entry.is_lax = true;
		assert_int_equal(journal_try(t, &many[i]), JOURNAL_DURABLE);
	}
	assert_int_equal(syncs, 0);
	journal_put(t, &many[5]);
	assert_int_equal(journal_try(t, &strict), JOURNAL_DURABLE);
	assert_int_equal(syncs, 1);
	assert_int_equal(journal_count_all(t, RECORD_MESSAGE, NULL), 8);
}

static void
tells_again_when_asked(void **state)
{
	struct journal_test *t = journal_open(9);
	struct append a = journal_message("A", 1, 1);

	(void)state;
	journal_tell(t->journal); /* there is no segment yet */
	assert_int_equal(t->n_told, 0);
	journal_try(t, &a);
	t->n_told = 0;
	journal_tell(t->journal);
	assert_int_equal(t->n_told, 1);
	assert_int_equal(t->told[0].incarnation, a.place.incarnation);
	assert_int_equal(t->told[0].end, 2 * SEGMENT_BLOCK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_durable_when_it_is_answered),
		cmocka_unit_test(takes_what_comes_in_one_turn_with_few_writes),
		cmocka_unit_test(answers_once_and_in_order),
		cmocka_unit_test(takes_fewer_writes_the_more_goes_on),
		cmocka_unit_test(goes_from_segment_to_segment),
		cmocka_unit_test(takes_the_largest_and_refuses_larger),
		cmocka_unit_test(syncs_nothing_for_what_is_lax),
		cmocka_unit_test(tells_again_when_asked),
	};

	return cmocka_run_group_tests_name(
	    "journal", tests, enter_new_directory, remove_directory);
}
