/* The ledger: a segment is freed when nobody needs it, and not before. */
#include "tests/unit/segment_fixture.h"

#include <uv.h>

#include "core/mail/ledger.h"

static const struct segment_sample message = { RECORD_MESSAGE, "ID", 10, 20 };

static struct ledger ledger;

/* A segment in the directory that has a writer. */
static struct segment
claim(int dir)
{
	struct segment s;

	assert_true(segment_claim(dir, &segment_plenty, &s));
	return s;
}

/* One whose writer died after it had written this. */
static uint64_t
orphan(int dir, const struct segment_sample *samples, size_t n)
{
	struct segment s = claim(dir);

	segment_write(s.fd, s.incarnation, SEGMENT_BLOCK, samples, n);
	close(s.fd);
	usleep(20000); /* longer than the clock of files ticks */
	return s.incarnation;
}

static void
open_ledger(int dir)
{
	assert_true(ledger_open(&ledger, uv_default_loop(), dir));
}

static struct ledger_segment *
find(uint64_t incarnation)
{
	struct ledger_segment *s = ledger.first;

	while (s != NULL && s->incarnation != incarnation)
		s = s->next;
	return s;
}

static size_t
count(void)
{
	size_t n = 0;

	for (struct ledger_segment *s = ledger.first; s != NULL; s = s->next)
		n++;
	return n;
}

/* Frees what can be, and waits for it. */
static void
sweep(void)
{
	ledger_sweep(&ledger);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

/* A ledger lives as long as its process; a test's does not. */
static void
finish(int dir)
{
	while (ledger.first != NULL) {
		struct ledger_segment *s = ledger.first;

		ledger.first = s->next;
		close(s->reader.fd);
		buffer_finish(&s->reader.in);
		free(s);
	}
	close(dir);
}

static void
lists_them_as_they_were_last_written(void **state)
{
	int dir = segment_directory();
	uint64_t lives[12];
	const struct ledger_segment *s;

	(void)state;
	for (size_t i = 0; i < N(lives); i++)
		lives[i] = orphan(dir, &message, 1);
	open_ledger(dir);
	assert_int_equal(count(), N(lives));
	s = ledger.first;
	for (size_t i = 0; i < N(lives); i++, s = s->next) {
		assert_int_equal(s->incarnation, lives[i]);
		assert_int_equal(s->number, i);
		assert_int_equal(s->sealed, N(lives));
		assert_true(s->is_orphan);
		assert_true(ledger_has_more(s));
	}
	finish(dir);
}

static void
waits_to_be_told_of_what_has_a_writer(void **state)
{
	int dir = segment_directory();
	struct segment live = claim(dir);
	struct ledger_segment *s;

	(void)state;
	segment_write(live.fd, live.incarnation, SEGMENT_BLOCK, &message, 1);
	open_ledger(dir);
	s = find(live.incarnation);
	assert_non_null(s);
	assert_false(s->is_orphan);
	assert_false(ledger_has_more(s));
	assert_false(ledger_has_any(&ledger));
	ledger_tell(&ledger, live.incarnation, 2 * SEGMENT_BLOCK, false);
	assert_true(ledger_has_any(&ledger));
	assert_true(ledger_has_more(s));
	ledger_tell(&ledger, live.incarnation, SEGMENT_BLOCK, false);
	assert_int_equal(s->end, 2 * SEGMENT_BLOCK);
	close(live.fd);
	finish(dir);
}

static void
finds_those_that_lost_their_writers(void **state)
{
	int dir = segment_directory();
	struct segment dies = claim(dir), lives = claim(dir), new;

	(void)state;
	open_ledger(dir);
	close(dies.fd);
	new = claim(dir);
	close(new.fd);
	ledger_look(&ledger);
	ledger_look(&ledger);
	assert_int_equal(count(), 3);
	assert_true(find(dies.incarnation)->is_orphan);
	assert_true(find(new.incarnation)->is_orphan);
	assert_false(find(lives.incarnation)->is_orphan);
	close(lives.fd);
	finish(dir);
}

/* Told before its writer was gone: what it says counts. */
static void
one_that_was_sealed_is_no_orphan(void **state)
{
	int dir = segment_directory();
	struct segment s = claim(dir);

	(void)state;
	open_ledger(dir);
	ledger_tell(&ledger, s.incarnation, 2 * SEGMENT_BLOCK, true);
	close(s.fd);
	ledger_look(&ledger);
	assert_false(find(s.incarnation)->is_orphan);
	assert_true(find(s.incarnation)->is_sealed);
	finish(dir);
}

static void
is_told_of_segments_that_are_gone(void **state)
{
	int dir = segment_directory(), before;

	(void)state;
	open_ledger(dir);
	before = open_descriptors();
	ledger_tell(&ledger, 4711, 2 * SEGMENT_BLOCK, true);
	assert_int_equal(count(), 0);
	assert_int_equal(open_descriptors(), before);
	finish(dir);
}

static void
frees_what_is_read_and_kept_by_nobody(void **state)
{
	int dir = segment_directory();
	uint64_t unread = orphan(dir, &message, 1),
		 kept = orphan(dir, &message, 1),
		 done = orphan(dir, &message, 1);
	int before;

	(void)state;
	open_ledger(dir);
	before = open_descriptors();
	find(kept)->is_read = find(done)->is_read = true;
	find(kept)->keeps = 2;
	sweep();
	assert_null(find(done));
	assert_int_equal(count(), 2);
	assert_int_equal(segment_files("free-*"), 1);
	assert_int_equal(open_descriptors(), before - 1);
	ledger_release(&ledger, find(kept));
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	assert_non_null(find(kept));
	ledger_release(&ledger, find(kept));
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	assert_null(find(kept));
	assert_non_null(find(unread));
	assert_int_equal(segment_files("free-*"), 2);
	finish(dir);
}

static void
is_released_before_it_is_read(void **state)
{
	int dir = segment_directory();
	uint64_t life = orphan(dir, &message, 1);

	(void)state;
	open_ledger(dir);
	find(life)->keeps = 1;
	ledger_release(&ledger, find(life));
	sweep();
	assert_non_null(find(life));
	find(life)->is_read = true;
	sweep();
	assert_null(find(life));
	finish(dir);
}

/* What segments there are after a start, as they were written, and in which
   order they go when the messages in each are done with. */
struct life {
	const char *kinds; /* of each: - d (marks) v (voids) b (both) */
	const char *done;  /* the messages of which are done, in this order */
	const char *left;  /* after each, those that are still there */
};

static void
set_kinds(const char *kinds, struct ledger_segment *segments[])
{
	struct ledger_segment *s = ledger.first;

	for (size_t i = 0; kinds[i] != '\0'; i++, s = s->next) {
		segments[i] = s;
		s->is_read = true;
		s->keeps = 1;
		if (kinds[i] == 'd' || kinds[i] == 'b')
			ledger_note(s, RECORD_DONE);
		if (kinds[i] == 'v' || kinds[i] == 'b')
			ledger_note(s, RECORD_VOID);
	}
}

static unsigned
left(const uint64_t lives[], size_t n)
{
	unsigned digits = 0;

	for (size_t i = 0; i < n; i++)
		if (find(lives[i]) != NULL)
			digits |= 1u << i;
	return digits;
}

static void
play(const struct life *l)
{
	int dir = segment_directory();
	struct ledger_segment *segments[4];
	uint64_t lives[4];
	size_t n = strlen(l->kinds);
	const char *want = l->left;

	for (size_t i = 0; i < n; i++)
		lives[i] = orphan(dir, &message, 1);
	open_ledger(dir);
	set_kinds(l->kinds, segments);
	for (const char *p = l->done; *p != '\0'; p++) {
		unsigned digits = 0;

		ledger_release(&ledger, segments[*p - '0']);
		uv_run(uv_default_loop(), UV_RUN_DEFAULT);
		for (; *want != '\0' && *want != ' '; want++)
			digits |= 1u << (*want - '0');
		want += *want == ' ';
		assert_int_equal(left(lives, n), digits);
	}
	assert_int_equal(count(), 0);
	finish(dir);
}

static void
marks_outlive_the_messages_they_speak_of(void **state)
{
	static const struct life lives[] = {
		/* marks before and behind the messages, as it happens */
		{ "-d", "01", "1 " },
		{ "-d", "10", "01 " },
		{ "d-", "01", "01 " },
		{ "d-", "10", "0 " },
		{ "-d-", "102", "012 12 " },
		/* two of a queue: the later speaks of the earlier */
		{ "dd", "10", "01 " },
		{ "dd", "01", "1 " },
		{ "bb", "10", "01 " },
		/* a worker declared void what stood in an earlier one */
		{ "-v", "10", "01 " },
		{ "v-", "01", "1 " },
		{ "vv", "10", "01 " },
		/* none waits for another that waits for it */
		{ "dv", "01", "01 " },
		{ "dv", "10", "0 " },
		{ "vd", "10", "01 " },
		{ "vdv", "210", "012 012 " },
		{ "dvd", "021", "012 012 " },
		{ "bvb-", "0123", "0123 023 023 " },
		{ "bvb-", "3210", "012 012 02 " },
	};

	(void)state;
	for (size_t i = 0; i < N(lives); i++)
		play(&lives[i]);
}

/* A worker is still at it: its messages come under way, and marks of them stand
   in a segment that is long full. */
static void
marks_outlive_segments_that_have_a_writer(void **state)
{
	int dir = segment_directory();
	struct segment queue = claim(dir), worker, later;
	struct ledger_segment *s;

	(void)state;
	usleep(20000);
	worker = claim(dir);
	open_ledger(dir);
	ledger_tell(&ledger, worker.incarnation, SEGMENT_BLOCK, false);
	ledger_tell(&ledger, queue.incarnation, 2 * SEGMENT_BLOCK, false);
	s = find(queue.incarnation);
	ledger_note(s, RECORD_DONE);
	close(queue.fd);
	ledger_tell(&ledger, queue.incarnation, 2 * SEGMENT_BLOCK, true);
	later = claim(dir);
	ledger_tell(&ledger, later.incarnation, 2 * SEGMENT_BLOCK, false);
	s->is_read = true;
	/* even if that worker once declared something void */
	ledger_note(find(worker.incarnation), RECORD_VOID);
	sweep();
	assert_non_null(find(queue.incarnation));
	ledger_tell(&ledger, worker.incarnation, SEGMENT_BLOCK, true);
	close(worker.fd);
	find(worker.incarnation)->is_read = true;
	sweep();
	assert_int_equal(count(), 1);
	assert_non_null(find(later.incarnation));
	close(later.fd);
	finish(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_them_as_they_were_last_written),
		cmocka_unit_test(waits_to_be_told_of_what_has_a_writer),
		cmocka_unit_test(finds_those_that_lost_their_writers),
		cmocka_unit_test(one_that_was_sealed_is_no_orphan),
		cmocka_unit_test(is_told_of_segments_that_are_gone),
		cmocka_unit_test(frees_what_is_read_and_kept_by_nobody),
		cmocka_unit_test(is_released_before_it_is_read),
		cmocka_unit_test(marks_outlive_the_messages_they_speak_of),
		cmocka_unit_test(marks_outlive_segments_that_have_a_writer),
	};

	return cmocka_run_group_tests_name(
	    "ledger", tests, enter_new_directory, remove_directory);
}
