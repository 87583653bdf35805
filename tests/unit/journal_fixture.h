#ifndef TESTS_UNIT_JOURNAL_FIXTURE_H
#define TESTS_UNIT_JOURNAL_FIXTURE_H

#include "tests/unit/segment_fixture.h"

#include <errno.h>
#include <uv.h>

#include "core/mail/journal.h"

/*
 * A journal on the default loop, what it tells and what it answers. A journal
 * lives as long as its process: so do those of tests, and stay reachable.
 */
enum { JOURNAL_TOLD = 64, JOURNAL_TESTS = 32 };

struct told {
	uint64_t incarnation, end;
	bool is_sealed;
	bool has_writer; /* when it was told */
};

struct journal_test {
	struct journal *journal;
	int dir;
	struct told told[JOURNAL_TOLD]; /* the newest of each segment */
	size_t n_told;
	unsigned durable, failed, unknown;
};

/* An entry, and how it was answered. */
struct append {
	struct journal_test *test;
	struct journal_entry entry;
	unsigned answers;
	enum journal_result result;
	int error;
	struct journal_place place;
	unsigned number; /* among all answers */
	void (*then)(struct append *a);
};

static inline void
journal_told(void *data, uint64_t incarnation, uint64_t end, bool is_sealed)
{
	struct journal_test *t = data;
	int fd = segment_open(t->dir, incarnation);
	size_t i = 0;

	while (i < t->n_told && t->told[i].incarnation != incarnation)
		i++;
	assert_true(i < JOURNAL_TOLD);
	if (i == t->n_told)
		t->told[t->n_told++] = (struct told){ .end = SEGMENT_BLOCK };
	assert_true(end >= t->told[i].end);
	assert_false(t->told[i].is_sealed);
	assert_int_equal(end % SEGMENT_BLOCK, 0);
	t->told[i] = (struct told){ incarnation, end, is_sealed,
		fd >= 0 && segment_has_writer(fd) };
	if (fd >= 0)
		close(fd);
}

static inline struct told *
journal_told_of(struct journal_test *t, uint64_t incarnation)
{
	for (size_t i = 0; i < t->n_told; i++)
		if (t->told[i].incarnation == incarnation)
			return &t->told[i];
	fail();
	return NULL;
}

static inline struct journal_test *
journal_open(unsigned most)
{
	static struct journal_test tests[JOURNAL_TESTS];
	static size_t n;
	struct journal_test *t = &tests[n++];
	const struct journal_settings settings = {
		.loop = uv_default_loop(),
		.dir = t->dir = segment_directory(),
		.limits = { .most = most },
		.advanced = journal_told,
		.data = t,
	};

	assert_true(n <= JOURNAL_TESTS);
	t->journal = journal_create(&settings);
	return t;
}

static inline void
journal_answered(void *data, enum journal_result result, int error,
    struct journal_place place)
{
	struct append *a = data;
	struct journal_test *t = a->test;

	a->number = t->durable + t->failed + t->unknown;
	t->durable += result == JOURNAL_DURABLE;
	t->failed += result == JOURNAL_FAILED;
	t->unknown += result == JOURNAL_UNKNOWN;
	assert_int_equal(error != 0, result != JOURNAL_DURABLE);
	a->answers++;
	a->result = result;
	a->error = error;
	a->place = place;
	if (a->then != NULL)
		a->then(a);
}

/* Appends it; what it points to and `a` must stay. */
static inline void
journal_put(struct journal_test *t, struct append *a)
{
	unsigned before = a->answers;

	a->test = t;
	journal_append(t->journal, &a->entry, journal_answered, a);
	assert_int_equal(a->answers, before);
}

static inline struct append
journal_message(const char *id, size_t head, size_t body)
{
	const struct segment_sample s = { RECORD_MESSAGE, id, head, body };

	return (struct append){ .entry = segment_entry(&s) };
}

/* Until all that was appended is answered. */
static inline void
journal_run(struct journal_test *t)
{
	while (!journal_is_idle(t->journal))
		uv_run(uv_default_loop(), UV_RUN_ONCE);
}

static inline enum journal_result
journal_try(struct journal_test *t, struct append *a)
{
	journal_put(t, a);
	journal_run(t);
	assert_int_equal(a->answers, 1);
	return a->result;
}

/* How many records of that type and id a segment has, up to what was told, or
   (end 0) as far as it is valid. */
static inline size_t
journal_count(struct journal_test *t, uint64_t incarnation, uint64_t end,
    enum record_type type, const char *id)
{
	struct segment_reader reader = { .incarnation = incarnation,
		.at = SEGMENT_BLOCK };
	struct vb_str head;
	struct record r;
	uint64_t body;
	size_t n = 0;

	reader.fd = segment_open(t->dir, incarnation);
	assert_true(reader.fd >= 0);
	while (segment_next(&reader, end, &r, &head, &body) == SEGMENT_RECORD)
		n += r.type == type &&
		     (id == NULL || vb_str_eq(r.id, vb_str(id)));
	buffer_finish(&reader.in);
	close(reader.fd);
	return n;
}

/* The same of all segments that were told of. */
static inline size_t
journal_count_all(struct journal_test *t, enum record_type type, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_told; i++)
		n += journal_count(
		    t, t->told[i].incarnation, t->told[i].end, type, id);
	return n;
}

#endif
