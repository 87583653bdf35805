/* Reading segments: just the whole records, wherever a write ended. */
#include "tests/unit/segment_fixture.h"

#include <errno.h>

static const uint64_t life = 0x1122334455667788;

/* Records of many sizes, in two batches; one ends within the last octets of a
   block, where no head has room. */
static const struct segment_sample first_batch[] = {
	{ RECORD_MESSAGE, "06CK0V4Q8R2M1", 300, 1000 },
	{ RECORD_VOID, "06CK0V4Q8R2M2", 0, 0 },
	{ RECORD_DONE, "06CK0V4Q8R2M3", 8, 0 },
	{ RECORD_MESSAGE, "06CK0V4Q8R2M4", 1, 2573 },
	{ RECORD_MESSAGE, "0123456789abcdef", 200, 1 },
};
static const struct segment_sample second_batch[] = {
	{ RECORD_LARGE, "06CK0V4Q8R2M5", 2500, 0 },
	{ RECORD_MESSAGE, "06CK0V4Q8R2M6", 3000, 1 },
};
enum { RECORDS = N(first_batch) + N(second_batch) };

static const struct segment_sample *
sample(size_t i)
{
	return i < N(first_batch) ? &first_batch[i]
	                          : &second_batch[i - N(first_batch)];
}

/* The octets of that segment from its records on; where each record ends, and
   where it has its last octet that is not 0. */
struct written {
	char octets[16384];
	size_t n;
	size_t ends[RECORDS], filled[RECORDS];
};

static void
find_ends(struct written *w)
{
	uint64_t at = SEGMENT_BLOCK;

	for (size_t i = 0; i < RECORDS; i++) {
		const struct segment_sample *s = sample(i);
		size_t end;

		if (i == N(first_batch))
			at = (at + SEGMENT_BLOCK - 1) / SEGMENT_BLOCK *
			     SEGMENT_BLOCK;
		end = (size_t)(at + RECORD_HEAD + s->head + s->body -
			       SEGMENT_BLOCK);
		w->ends[i] = end;
		while (w->octets[end - 1] == 0)
			end--;
		w->filled[i] = end;
		at = record_end(at, s->head + s->body);
	}
}

static int
write_both(struct written *w)
{
	int fd = segment_nameless();
	uint64_t end = segment_write(
	    fd, life, SEGMENT_BLOCK, first_batch, N(first_batch));

	end = segment_write(fd, life, end, second_batch, N(second_batch));
	w->n = (size_t)(end - SEGMENT_BLOCK);
	assert_true(w->n <= sizeof(w->octets));
	assert_int_equal(pread(fd, w->octets, w->n, SEGMENT_BLOCK), w->n);
	find_ends(w);
	return fd;
}

static void
assert_sample(int fd, const struct segment_sample *s, const struct record *r,
    struct vb_str head, uint64_t body_at)
{
	struct journal_entry want = segment_entry(s);
	static char body[SEGMENT_SIZE];

	assert_int_equal(r->type, s->type);
	assert_true(vb_str_eq(r->id, want.id));
	assert_int_equal(r->length, s->head + s->body);
	assert_true(vb_str_eq(head, want.head));
	assert_int_equal(
	    pread(fd, body, s->body, (off_t)body_at), (ssize_t)s->body);
	assert_memory_equal(body, want.body.p, s->body);
}

/* How many records there are, each of which must be the one it should be; and
   how it ended. */
static size_t
count(int fd, uint64_t incarnation, uint64_t end, enum segment_read *result)
{
	struct segment_reader reader = {
		.fd = fd, .incarnation = incarnation, .at = SEGMENT_BLOCK
	};
	struct record r;
	struct vb_str head;
	uint64_t body_at;
	size_t n = 0;

	while ((*result = segment_next(&reader, end, &r, &head, &body_at)) ==
	       SEGMENT_RECORD) {
		assert_true(n < RECORDS);
		assert_sample(fd, sample(n), &r, head, body_at);
		n++;
	}
	buffer_finish(&reader.in);
	return n;
}

static void
assert_count(int fd, size_t want)
{
	enum segment_read result;

	assert_int_equal(count(fd, life, 0, &result), want);
	assert_int_equal(result, SEGMENT_END);
}

static size_t
whole_before(const size_t ends[RECORDS], size_t cut)
{
	size_t n = 0;

	while (n < RECORDS && ends[n] <= cut)
		n++;
	return n;
}

static void
reads_what_was_written(void **state)
{
	static struct written w;
	int fd = write_both(&w);
	enum segment_read result;

	(void)state;
	assert_count(fd, RECORDS);
	assert_int_equal(
	    count(fd, life, SEGMENT_BLOCK + w.n, &result), RECORDS);
	assert_int_equal(result, SEGMENT_END);
	assert_int_equal(count(fd, life + 1, 0, &result), 0);
	assert_int_equal(result, SEGMENT_END);
	close(fd);
}

/* A pad between the batches counts too: what follows it is read after it. */
static void
reads_whole_records_wherever_the_rest_is_missing(void **state)
{
	static struct written w;
	int fd = write_both(&w);

	(void)state;
	for (size_t cut = w.n; cut-- > 0;) {
		assert_int_equal(
		    ftruncate(fd, (off_t)(SEGMENT_BLOCK + cut)), 0);
		assert_count(fd, whole_before(w.ends, cut));
	}
	close(fd);
}

static void
reads_whole_records_wherever_the_rest_is_zero(void **state)
{
	static struct written w;
	int fd = write_both(&w);

	(void)state;
	for (size_t cut = w.n; cut-- > 0;) {
		assert_int_equal(
		    pwrite(fd, "", 1, (off_t)(SEGMENT_BLOCK + cut)), 1);
		assert_count(fd, whole_before(w.filled, cut));
	}
	close(fd);
}

/* What an earlier life left, or what the disk makes of a torn block. */
static void
reads_whole_records_wherever_the_rest_is_garbage(void **state)
{
	static struct written w;
	static char garbage[sizeof(w.octets)];
	int fd = write_both(&w);

	(void)state;
	for (size_t i = 0; i < w.n; i++)
		garbage[i] = (char)~w.octets[i];
	for (size_t cut = w.n; cut-- > 0;) {
		assert_int_equal(
		    pwrite(fd, garbage + cut, 1, (off_t)(SEGMENT_BLOCK + cut)),
		    1);
		assert_count(fd, whole_before(w.ends, cut));
	}
	close(fd);
}

/* Blocks may reach the disk in any order. */
static void
ends_before_a_block_that_is_missing(void **state)
{
	static const char zeros[SEGMENT_BLOCK];
	static struct written w;
	int fd = write_both(&w);

	(void)state;
	for (size_t at = 0; at < w.n; at += SEGMENT_BLOCK) {
		assert_int_equal(pwrite(fd, zeros, sizeof(zeros),
				     (off_t)(SEGMENT_BLOCK + at)),
		    SEGMENT_BLOCK);
		assert_count(fd, whole_before(w.ends, at));
		assert_int_equal(pwrite(fd, w.octets + at, SEGMENT_BLOCK,
				     (off_t)(SEGMENT_BLOCK + at)),
		    SEGMENT_BLOCK);
	}
	close(fd);
}

static void
notices_every_octet_that_changed(void **state)
{
	static struct written w;
	int fd = write_both(&w);

	(void)state;
	for (size_t i = 0; i < w.ends[RECORDS - 1]; i++) {
		off_t at = (off_t)(SEGMENT_BLOCK + i);
		char other = (char)(w.octets[i] ^ 0x40);

		assert_int_equal(pwrite(fd, &other, 1, at), 1);
		assert_count(fd, whole_before(w.ends, i));
		assert_int_equal(pwrite(fd, w.octets + i, 1, at), 1);
	}
	close(fd);
}

/* At the end of a batch there is a pad, or less than the head of one. */
static void
reads_on_behind_batches_of_all_sizes(void **state)
{
	static const struct segment_sample next = { RECORD_MESSAGE, "B", 7, 9 };
	int fd = segment_nameless();

	(void)state;
	for (size_t end = SEGMENT_BLOCK - 130; end <= SEGMENT_BLOCK + 90;
	     end++) {
		const struct segment_sample sized = { RECORD_MESSAGE, "A", 3,
			end - RECORD_HEAD - 3 };
		struct segment_reader reader = {
			.fd = fd, .incarnation = end, .at = SEGMENT_BLOCK
		};
		uint64_t at = segment_write(fd, end, SEGMENT_BLOCK, &sized, 1);
		struct vb_str head;
		struct record r;
		uint64_t body;

		assert_int_equal(at % SEGMENT_BLOCK, 0);
		segment_write(fd, end, at, &next, 1);
		assert_int_equal(
		    segment_next(&reader, 0, &r, &head, &body), SEGMENT_RECORD);
		assert_sample(fd, &sized, &r, head, body);
		assert_int_equal(
		    segment_next(&reader, 0, &r, &head, &body), SEGMENT_RECORD);
		assert_sample(fd, &next, &r, head, body);
		assert_int_equal(
		    segment_next(&reader, 0, &r, &head, &body), SEGMENT_END);
		buffer_finish(&reader.in);
	}
	close(fd);
}

static void
reads_on_when_more_was_written(void **state)
{
	int fd = segment_nameless();
	struct segment_reader reader = {
		.fd = fd, .incarnation = life, .at = SEGMENT_BLOCK
	};
	uint64_t end = SEGMENT_BLOCK, body;
	struct vb_str head;
	struct record r;

	(void)state;
	for (size_t i = 0; i < RECORDS; i++) {
		assert_int_equal(
		    segment_next(&reader, end, &r, &head, &body), SEGMENT_END);
		end = segment_write(fd, life, end, sample(i), 1);
		assert_int_equal(segment_next(&reader, end, &r, &head, &body),
		    SEGMENT_RECORD);
		assert_sample(fd, sample(i), &r, head, body);
	}
	buffer_finish(&reader.in);
	close(fd);
}

/* What somebody vouched for was acknowledged: it must not end there quietly. */
static void
tells_that_what_was_vouched_for_is_not_there(void **state)
{
	static const char zeros[SEGMENT_BLOCK];
	static struct written w;
	int fd = write_both(&w);
	uint64_t end = SEGMENT_BLOCK + w.n;
	enum segment_read result;

	(void)state;
	assert_int_equal(
	    pwrite(fd, zeros, sizeof(zeros), SEGMENT_BLOCK), SEGMENT_BLOCK);
	errno = 0;
	assert_int_equal(count(fd, life, end, &result), 0);
	assert_int_equal(result, SEGMENT_BROKEN);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(ftruncate(fd, SEGMENT_BLOCK), 0);
	assert_int_equal(count(fd, life, end, &result), 0);
	assert_int_equal(result, SEGMENT_BROKEN);
	close(fd);
}

static void
tells_that_it_cannot_be_read(void **state)
{
	int fd = open("/dev/null", O_WRONLY);
	enum segment_read result;

	(void)state;
	assert_int_equal(count(fd, life, 0, &result), 0);
	assert_int_equal(result, SEGMENT_BROKEN);
	close(fd);
}

static void
reads_one_that_is_full(void **state)
{
	static const struct segment_sample large = { RECORD_MESSAGE, "L", 1000,
		JOURNAL_LARGEST - 1000 };
	int fd = segment_nameless();
	struct segment_reader reader = {
		.fd = fd, .incarnation = life, .at = SEGMENT_BLOCK
	};
	struct vb_str head;
	struct record r;
	uint64_t body;

	(void)state;
	segment_write(fd, life, SEGMENT_BLOCK, &large, 1);
	assert_int_equal(
	    segment_next(&reader, 0, &r, &head, &body), SEGMENT_RECORD);
	assert_sample(fd, &large, &r, head, body);
	assert_int_equal(
	    segment_next(&reader, 0, &r, &head, &body), SEGMENT_END);
	buffer_finish(&reader.in);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written),
		cmocka_unit_test(
		    reads_whole_records_wherever_the_rest_is_missing),
		cmocka_unit_test(reads_whole_records_wherever_the_rest_is_zero),
		cmocka_unit_test(
		    reads_whole_records_wherever_the_rest_is_garbage),
		cmocka_unit_test(ends_before_a_block_that_is_missing),
		cmocka_unit_test(notices_every_octet_that_changed),
		cmocka_unit_test(reads_on_behind_batches_of_all_sizes),
		cmocka_unit_test(reads_on_when_more_was_written),
		cmocka_unit_test(tells_that_what_was_vouched_for_is_not_there),
		cmocka_unit_test(tells_that_it_cannot_be_read),
		cmocka_unit_test(reads_one_that_is_full),
	};

	return cmocka_run_group_tests_name(
	    "segment_reader", tests, enter_new_directory, remove_directory);
}
