/* Are all messages that stay found again, slice by slice? */
#include "tests/unit/parked_fixture.h"

#include <errno.h>

enum { MANY = 3000 };

/* Copies the sample's file under many names, each with its own id. */
static void
copy_many(struct vb_str file)
{
	struct vb_str id = parked_sample().envelope.id;
	char *at = strstr(file.p, id.p);
	char number[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(number, sizeof(number), "0000000%06d", i);
		memcpy(at, number, PARKED_ID);
		write_bytes(parked_file_name(vb_str(number)), file.p, file.n);
	}
}

static int
directory_of_many(void)
{
	struct vb_str id = parked_sample().envelope.id;
	struct arena *arena = arena_create();
	int dir = parked_written();

	copy_many(parked_content(parked_file_name(id), arena));
	assert_true(parked_remove(dir, id, false));
	arena_destroy(arena);
	return dir;
}

/* Walks in slices of n, and counts how often each was seen. */
static void
walk_counting(int dir, size_t n, int seen[MANY])
{
	struct parked_entry *entries = calloc(n, sizeof(*entries));
	struct parked_walk *walk = parked_walk_create(dir);
	ptrdiff_t found;

	memset(seen, 0, MANY * sizeof(*seen));
	while ((found = parked_walk_next(walk, entries, n)) > 0) {
		assert_true((size_t)found <= n);
		for (ptrdiff_t i = 0; i < found; i++) {
			int number = atoi(entries[i].id);

			assert_in_range(number, 0, MANY - 1);
			seen[number]++;
			assert_false(entries[i].is_faulty);
			assert_true(entries[i].is_waiting);
			assert_int_equal(entries[i].due, 1795493029);
		}
	}
	assert_int_equal(found, 0);
	assert_int_equal(parked_walk_next(walk, entries, n), 0);
	parked_walk_destroy(walk);
	free(entries);
}

static void
finds_each_once_in_slices_of_any_size(void **state)
{
	static const size_t sizes[] = { 1, 7, 1000, MANY, MANY + 1 };
	int dir = directory_of_many(), seen[MANY];

	(void)state;
	for (size_t i = 0; i < N(sizes); i++) {
		walk_counting(dir, sizes[i], seen);
		for (int n = 0; n < MANY; n++)
			assert_int_equal(seen[n], 1);
	}
	close(dir);
}

static void
lays_them_into_all_directories_alike(void **state)
{
	struct arena *arena = arena_create();
	int *counts = arena_alloc(arena, 128 * 128 * sizeof(*counts));
	char number[32], path[PARKED_PATH_SIZE];
	int used = 0;

	(void)state;
	for (int i = 0; i < 102400; i++) {
		snprintf(number, sizeof(number), "06CK0V4%04dM1", i % 10000);
		number[0] = (char)('0' + i / 10000 % 10);
		number[1] = (char)('0' + i / 100000);
		assert_true(parked_path(vb_str(number), path));
		counts[path[0] * 128 + path[2]]++;
	}
	for (int i = 0; i < 128 * 128; i++) {
		used += counts[i] > 0;
		assert_true(counts[i] < 200);
	}
	assert_int_equal(used, 1024);
	arena_destroy(arena);
}

/* The only entry there is. */
static struct parked_entry
only_entry(int dir)
{
	struct parked_walk *walk = parked_walk_create(dir);
	struct parked_entry entries[2];

	assert_int_equal(parked_walk_next(walk, entries, 2), 1);
	parked_walk_destroy(walk);
	return entries[0];
}

static void
tells_when_the_first_recipient_is_due(void **state)
{
	struct vb_str id = parked_sample().envelope.id;
	struct parked_note first = { 0,
		{ .tried = 1795493030, .due = 1795493040, .attempts = 1 } };
	struct parked_note second = { 1,
		{ .tried = 1795493030, .due = 1795493035, .attempts = 2 } };
	int dir = parked_written();
	struct parked_entry e = only_entry(dir);

	(void)state;
	assert_string_equal(e.id, id.p);
	assert_true(e.is_waiting && !e.is_held && !e.is_faulty);
	assert_int_equal(e.due, 1795493029);
	assert_true(parked_note(dir, id, &first, false));
	assert_true(parked_note(dir, id, &second, false));
	assert_int_equal(only_entry(dir).due, 1795493035);
	second.state.outcome = PARKED_FAILED;
	assert_true(parked_note(dir, id, &second, false));
	assert_int_equal(only_entry(dir).due, 1795493040);
	first.state.outcome = PARKED_DELIVERED;
	assert_true(parked_note(dir, id, &first, false));
	assert_false(only_entry(dir).is_waiting);
	assert_true(parked_hold(dir, id, true, 1795493050));
	assert_true(only_entry(dir).is_held);
	close(dir);
}

static void
tells_one_without_a_log_as_due_at_once(void **state)
{
	int dir = parked_written();
	struct parked_entry e;

	(void)state;
	assert_int_equal(
	    truncate(parked_file_name(parked_sample().envelope.id), 393), 0);
	e = only_entry(dir);
	assert_true(e.is_waiting && !e.is_faulty);
	assert_int_equal(e.due, 0);
	close(dir);
}

static void
tells_that_a_file_is_at_fault(void **state)
{
	int dir = parked_written();
	const char *name = parked_file_name(parked_sample().envelope.id);
	FILE *f = fopen(name, "a");

	(void)state;
	assert_non_null(f);
	fputs("what?\n", f);
	fclose(f);
	assert_true(only_entry(dir).is_faulty);
	assert_int_equal(truncate(name, 17), 0);
	assert_true(only_entry(dir).is_faulty);
	close(dir);
}

static void
passes_over_what_is_no_message(void **state)
{
	int dir = parked_written();

	(void)state;
	write_file("q/A/7/README", "");
	write_file("q/A/7/06CK0V4Q8R2M", "");
	write_file("q/A/7/06ck0v4q8r2m1", "");
	write_file("q/README", "");
	/* In a directory that is another's. */
	write_file(parked_sample().envelope.id.p, "");
	assert_int_equal(rename("06CK0V4Q8R2M1", "q/A/7/06CK0V4Q8R2M1"), 0);
	assert_string_not_equal(
	    parked_file_name(VB_STR("06CK0V4Q8R2M1")), "q/A/7/06CK0V4Q8R2M1");
	assert_false(only_entry(dir).is_faulty);
	close(dir);
}

static int
count(struct parked_walk *walk, int *errors)
{
	struct parked_entry entries[100];
	ptrdiff_t n;
	int all = 0;

	while ((n = parked_walk_next(walk, entries, 100)) != 0) {
		if (n < 0)
			assert_int_equal(errno, ENOENT);
		*errors += n < 0;
		all += n < 0 ? 0 : (int)n;
	}
	return all;
}

static void
comes_back_to_a_directory_that_could_not_be_read(void **state)
{
	int dir = directory_of_many(), errors = 0, all = 0;
	struct parked_walk *walk = parked_walk_create(dir);

	(void)state;
	assert_int_equal(rename("q/5/5", "q/away"), 0);
	assert_int_equal(rename("q/Z/Z", "q/gone"), 0);
	all = count(walk, &errors);
	assert_int_equal(errors, 2);
	assert_in_range(all, MANY - 50, MANY - 1);
	assert_int_equal(rename("q/away", "q/5/5"), 0);
	assert_true(parked_walk_again(walk));
	all += count(walk, &errors);
	assert_int_equal(errors, 3);
	assert_int_equal(rename("q/gone", "q/Z/Z"), 0);
	assert_true(parked_walk_again(walk));
	all += count(walk, &errors);
	assert_int_equal(errors, 3);
	assert_int_equal(all, MANY);
	assert_false(parked_walk_again(walk));
	parked_walk_destroy(walk);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_once_in_slices_of_any_size),
		cmocka_unit_test(lays_them_into_all_directories_alike),
		cmocka_unit_test(tells_when_the_first_recipient_is_due),
		cmocka_unit_test(tells_one_without_a_log_as_due_at_once),
		cmocka_unit_test(tells_that_a_file_is_at_fault),
		cmocka_unit_test(passes_over_what_is_no_message),
		cmocka_unit_test(
		    comes_back_to_a_directory_that_could_not_be_read),
	};

	return cmocka_run_group_tests_name(
	    "parked_walk", tests, enter_new_directory, remove_directory);
}
