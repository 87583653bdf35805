/* Batches: what fits, where it ends, and that all of it is written. */
#include "tests/unit/segment_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static const uint64_t life = 0x0102030405060708;
static struct batch batch;

/* How the system writes for the time of a test: at most so many octets at once,
   and interrupted now and then. */
static size_t at_once;
static bool is_interrupted;
static int syncs, sync_error;

ssize_t
pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
	static unsigned calls;
	size_t room = at_once == 0 ? SIZE_MAX : at_once, done = 0;

	if (is_interrupted && ++calls % 2 == 0) {
		errno = EINTR;
		return -1;
	}
	for (int i = 0; i < n && room > 0; i++) {
		size_t part = parts[i].iov_len < room ? parts[i].iov_len : room;
		ssize_t got = pwrite(
		    fd, parts[i].iov_base, part, at + (off_t)done);

		if (got < 0)
			return done == 0 ? -1 : (ssize_t)done;
		done += (size_t)got;
		room -= (size_t)got;
		if ((size_t)got < part)
			break;
	}
	return (ssize_t)done;
}

int
fdatasync(int fd)
{
	syncs++;
	errno = sync_error;
	return sync_error != 0 ? -1 : fsync(fd);
}

static size_t
count(int fd, enum record_type type)
{
	struct segment_reader reader = {
		.fd = fd, .incarnation = life, .at = SEGMENT_BLOCK
	};
	struct vb_str head;
	struct record r;
	uint64_t body;
	size_t n = 0;

	while (segment_next(&reader, 0, &r, &head, &body) == SEGMENT_RECORD)
		n += r.type == type;
	buffer_finish(&reader.in);
	return n;
}

static struct journal_entry
message(size_t head, size_t body)
{
	const struct segment_sample s = { RECORD_MESSAGE, "ID", head, body };

	return segment_entry(&s);
}

/* Each record takes all the parts it can, and so does the pad. */
static void
has_parts_for_as_many_records_as_it_takes(void **state)
{
	const struct journal_entry gap = message(
	    100, SEGMENT_BLOCK - RECORD_HEAD - 100 - 39);
	const struct journal_entry pad = message(100, 1000);

	(void)state;
	for (int last = 0; last < 2; last++) {
		int fd = segment_nameless();

		batch_begin(&batch, life, SEGMENT_BLOCK);
		for (unsigned i = 1; i < BATCH_RECORDS; i++)
			assert_true(batch_add(&batch, &gap));
		assert_true(batch_add(&batch, last == 0 ? &gap : &pad));
		assert_false(batch_add(&batch, &pad));
		assert_false(batch_add_void(&batch, VB_STR("ID")));
		assert_int_equal(batch.n, BATCH_RECORDS);
		batch_end(&batch);
		assert_in_range(batch.n_parts, 960, BATCH_PARTS);
		assert_int_equal(batch.end % SEGMENT_BLOCK, 0);
		batch_commit(&batch, fd);
		assert_int_equal(batch.error, 0);
		assert_int_equal(count(fd, RECORD_MESSAGE), BATCH_RECORDS);
		close(fd);
	}
}

static void
fills_a_segment_and_not_an_octet_more(void **state)
{
	(void)state;
	for (size_t left = SEGMENT_BLOCK; left <= 3 * SEGMENT_BLOCK;
	     left += SEGMENT_BLOCK)
		for (size_t body = 0; body < 2 * SEGMENT_BLOCK; body += 13) {
			const struct journal_entry e = message(0, body);
			size_t need = RECORD_HEAD + body + SEGMENT_BLOCK;

			batch_begin(&batch, life, SEGMENT_SIZE - left);
			assert_int_equal(batch_add(&batch, &e), need <= left);
			batch_end(&batch);
			assert_in_range(
			    batch.end, SEGMENT_SIZE - left, SEGMENT_SIZE);
			assert_int_equal(batch.end % SEGMENT_BLOCK, 0);
		}
}

static void
takes_the_largest_where_the_segment_is_new(void **state)
{
	const struct journal_entry largest = message(
	    5000, JOURNAL_LARGEST - 5000);
	int fd = segment_nameless();

	(void)state;
	batch_begin(&batch, life, SEGMENT_BLOCK);
	assert_true(batch_add(&batch, &largest));
	batch_end(&batch);
	batch_commit(&batch, fd);
	assert_int_equal(batch.error, 0);
	assert_int_equal(count(fd, RECORD_MESSAGE), 1);
	close(fd);
}

/* Whatever pieces it goes out in. */
static void
writes_all_of_it_however_little_goes_at_once(void **state)
{
	static const struct segment_sample samples[] = {
		{ RECORD_MESSAGE, "A", 20, 333 },
		{ RECORD_DONE, "B", 8, 0 },
		{ RECORD_MESSAGE, "C", 0, 3619 },
		{ RECORD_MESSAGE, "D", 77, 1 },
	};
	static char want[3 * SEGMENT_BLOCK], got[3 * SEGMENT_BLOCK];
	int fd = segment_nameless();

	(void)state;
	segment_write(fd, life, SEGMENT_BLOCK, samples, N(samples));
	assert_true(pread(fd, want, sizeof(want), 0) == sizeof(want));
	close(fd);
	is_interrupted = true;
	for (at_once = 1; at_once < 5000; at_once += 1 + at_once / 3) {
		fd = segment_nameless();
		segment_write(fd, life, SEGMENT_BLOCK, samples, N(samples));
		assert_true(pread(fd, got, sizeof(got), 0) == sizeof(got));
		assert_memory_equal(got, want, sizeof(want));
		close(fd);
	}
	is_interrupted = false;
	at_once = 0;
}

static void
syncs_once_and_only_if_something_wants_that(void **state)
{
	static const struct {
		bool lax[3];
		int syncs;
	} cases[] = {
		{ { true, true, true }, 0 },
		{ { true, false, true }, 1 },
		{ { false, true, true }, 1 },
		{ { false, false, false }, 1 },
	};
	int fd = segment_nameless();

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		syncs = 0;
		batch_begin(&batch, life, SEGMENT_BLOCK);
		for (size_t k = 0; k < 3; k++) {
			struct journal_entry e = message(1, 2);

			e.is_lax = cases[i].lax[k];
			assert_true(batch_add(&batch, &e));
		}
		batch_end(&batch);
		batch_commit(&batch, fd);
		assert_int_equal(syncs, cases[i].syncs);
	}
	batch_begin(&batch, life, SEGMENT_BLOCK);
	assert_true(batch_add_void(&batch, VB_STR("ID")));
	batch_commit(&batch, fd);
	assert_int_equal(syncs, 2);
	close(fd);
}

static void
tells_that_the_disk_does_not_sync(void **state)
{
	const struct journal_entry e = message(1, 2);
	int fd = segment_nameless();

	(void)state;
	sync_error = EIO;
	batch_begin(&batch, life, SEGMENT_BLOCK);
	assert_true(batch_add(&batch, &e));
	batch_end(&batch);
	batch_commit(&batch, fd);
	assert_int_equal(batch.error, EIO);
	sync_error = 0;
	batch_begin(&batch, life, SEGMENT_BLOCK);
	assert_int_equal(batch.error, 0);
	close(fd);
}

/* The rest is not synced: it is not to be. */
static void
tells_that_it_cannot_be_written(void **state)
{
	const struct journal_entry e = message(100, 10000);
	struct rlimit old, small;
	int fd = segment_nameless();

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	for (size_t room = 0; room < 8000; room += 1999) {
		batch_begin(&batch, life, SEGMENT_BLOCK);
		assert_true(batch_add(&batch, &e));
		batch_end(&batch);
		syncs = 0;
		small.rlim_cur = SEGMENT_BLOCK + room;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		batch_commit(&batch, fd);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_int_equal(batch.error, EFBIG);
		assert_int_equal(syncs, 0);
		assert_int_equal(count(fd, RECORD_MESSAGE), 0);
	}
	close(fd);
	batch_commit(&batch, fd);
	assert_int_equal(batch.error, EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_parts_for_as_many_records_as_it_takes),
		cmocka_unit_test(fills_a_segment_and_not_an_octet_more),
		cmocka_unit_test(takes_the_largest_where_the_segment_is_new),
		cmocka_unit_test(writes_all_of_it_however_little_goes_at_once),
		cmocka_unit_test(syncs_once_and_only_if_something_wants_that),
		cmocka_unit_test(tells_that_the_disk_does_not_sync),
		cmocka_unit_test(tells_that_it_cannot_be_written),
	};

	return cmocka_run_group_tests_name(
	    "batch", tests, enter_new_directory, remove_directory);
}
