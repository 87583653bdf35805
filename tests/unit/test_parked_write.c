/* Are messages written to stay, as the format says, or not to be seen at all?
 */
#include "tests/unit/parked_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

static const char sample[] =
    "verbena-parked 1 header 0000000320 log 0000000000000000393 "
    "recipients 0000002\n"
    "id: 06CK0V4Q8R2M1\n"
    "session: 06CK0V4Q7H0M1\n"
    "scope: public/10.0.0.0/8\n"
    "from: ann@a.test\n"
    "relay-from: -\n"
    "arrived: 2026-11-24T03:58:27Z\n"
    "trace: 23\n"
    "octets: 49\n"
    "bits: 7\n"
    "to: local smith@lab.test smith lab.test /home/smith\n"
    "to: remote joe@b.test - b.test -\n"
    "\n"
    "Received: from a.test\r\n"
    "Subject: hello\r\n\r\n2026-11-24T03:59:00Z 0 failed\r\n"
    "\n"
    "2026-11-24T03:59:00Z 0 delivered - 1 - - - stored\n"
    "2026-11-24T03:59:02Z 1 waiting 2026-11-24T04:03:49Z 1 - 4.2.1 mx.b.test "
    "450 busy\n";

/* How many files there are below the directory. */
static int
count_files(void)
{
	FILE *f = popen("find q -type f | wc -l", "r");
	int n = -1;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

static void
writes_a_file_that_people_can_read(void **state)
{
	struct arena *arena = arena_create();
	struct parked p = parked_sample();
	int dir = parked_written();
	struct vb_str got = parked_content(
	    parked_file_name(p.envelope.id), arena);

	(void)state;
	assert_string_equal(got.p, sample);
	assert_int_equal(count_files(), 1);
	close(dir);
	arena_destroy(arena);
}

static void
reads_back_what_it_wrote(void **state)
{
	struct arena *arena = arena_create();
	struct parked want = parked_sample(), got;
	int dir = parked_directory(), source = parked_source();
	struct vb_str octets = { parked_octets, sizeof(parked_octets) - 1 };
	struct vb_str all;

	(void)state;
	want.is_held = true;
	assert_true(parked_write_one(dir, &want, source));
	assert_null(parked_read(dir, want.envelope.id, arena, &got));
	assert_parked(&got, &want);
	all = parked_content(parked_file_name(want.envelope.id), arena);
	assert_memory_equal(all.p + got.at, octets.p, octets.n);
	close(source);
	close(dir);
	arena_destroy(arena);
}

/* Any octets in any value. */
static void
values_never_make_a_line(void **state)
{
	static const struct vb_str texts[] = {
		{ "a\nto: local x", 13 },
		{ "\r\n\r\n\n", 5 },
		{ "\0", 1 },
		{ "-", 1 },
		{ " ", 1 },
		{ "%0A%", 4 },
		{ "\"j\xc3\xb6rg \\\" \x80\xff\"@b.test", 20 },
	};
	struct arena *arena = arena_create();
	struct parked want = parked_sample(), got;

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		struct vb_str t = texts[i];
		struct recipient r = { i % 2 == 0 ? RECIPIENT_UNKNOWN
						  : RECIPIENT_FAILED,
			t, t, t, t };
		struct parked_state s = { PARKED_FAILED, true, UINT32_MAX, 1,
			t.n > 0 ? 0 : 2, t, t, t, t };
		int dir = parked_directory(), source = parked_source();

		want.envelope.session = want.envelope.scope = t;
		want.envelope.reverse_path = want.envelope.trace = t;
		want.envelope.recipients = &r;
		want.envelope.n_recipients = 1;
		want.states = &s;
		assert_true(parked_write_one(dir, &want, source));
		assert_null(parked_read(dir, want.envelope.id, arena, &got));
		assert_parked(&got, &want);
		close(source);
		close(dir);
	}
	arena_destroy(arena);
}

static void
writes_empty_and_large_messages(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 131071, 131072, 131073,
		1000000 };
	struct arena *arena = arena_create();
	char *octets = arena_alloc(arena, 1000000);

	(void)state;
	for (size_t i = 0; i < 1000000; i++)
		octets[i] = (char)(i * 2654435761u >> 24);
	write_bytes("large", octets, 1000000);
	for (size_t i = 0; i < N(sizes); i++) {
		struct parked want = parked_sample(), got;
		int dir = parked_directory(), source = open("large", O_RDONLY);
		struct vb_str all;

		want.envelope.octets = sizes[i];
		want.at = 0;
		assert_true(parked_write_one(dir, &want, source));
		assert_null(parked_read(dir, want.envelope.id, arena, &got));
		assert_parked(&got, &want);
		all = parked_content(parked_file_name(want.envelope.id), arena);
		assert_memory_equal(all.p + got.at, octets, sizes[i]);
		close(source);
		close(dir);
	}
	arena_destroy(arena);
}

static void
leaves_one_that_is_there_as_it_is(void **state)
{
	struct arena *arena = arena_create();
	struct parked p = parked_sample();
	int dir = parked_written(), source = parked_source();

	(void)state;
	p.envelope.reverse_path = VB_STR("eve@e.test");
	errno = 0;
	assert_false(parked_write_one(dir, &p, source));
	assert_int_equal(errno, EEXIST);
	assert_string_equal(
	    parked_content(parked_file_name(p.envelope.id), arena).p, sample);
	close(source);
	close(dir);
	arena_destroy(arena);
}

/* The limit on the size of files stands for a disk that fills up. */
static bool
write_with_room_for(rlim_t n, int dir, const struct parked *p, int source)
{
	struct rlimit before, limit;
	bool is_good;
	int error;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ n, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	is_good = parked_write_one(dir, p, source);
	error = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	errno = error;
	return is_good;
}

static void
leaves_nothing_when_it_fails_at_whichever_octet(void **state)
{
	struct parked p = parked_sample();
	int dir = parked_directory(), source = parked_source();

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (size_t n = 0; n < sizeof(sample) - 1; n += 7) {
		errno = 0;
		assert_false(write_with_room_for(n, dir, &p, source));
		assert_int_equal(errno, EFBIG);
	}
	assert_int_equal(count_files(), 0);
	assert_true(write_with_room_for(sizeof(sample) - 1, dir, &p, source));
	assert_int_equal(count_files(), 1);
	close(source);
	close(dir);
}

/* Each has its own error; the others are written all the same. */
static void
writes_many_at_once_but_those_that_cannot_be(void **state)
{
	enum { MANY = 20 };
	struct arena *arena = arena_create();
	struct parked_new files[MANY], *all[MANY];
	struct parked p = parked_sample(), got;
	char ids[MANY][PARKED_ID + 1];
	int dir = parked_written(), source = parked_source();

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%.12s%c", p.envelope.id.p,
		    (char)('A' + i));
		files[i] = (struct parked_new){ .is = p, .source = source };
		files[i].is.envelope.id = vb_str(ids[i]);
		all[i] = &files[i];
	}
	files[3].is.envelope.id = p.envelope.id;
	files[5].source = -1;
	files[7].is.envelope.id = VB_STR("no id");
	files[9].is.at++;
	parked_write(dir, all, MANY);
	for (size_t i = 0; i < MANY; i++) {
		const int error = i == 3   ? EEXIST
		                  : i == 5 ? EBADF
		                  : i == 7 ? EINVAL
		                  : i == 9 ? EIO
		                           : 0;

		assert_int_equal(files[i].error, error);
		if (error != 0)
			continue;
		assert_null(parked_read(dir, vb_str(ids[i]), arena, &got));
		assert_parked(&got, &files[i].is);
	}
	assert_int_equal(count_files(), 1 + MANY - 4);
	close(source);
	close(dir);
	arena_destroy(arena);
}

static void
leaves_nothing_when_the_source_is_short(void **state)
{
	struct parked p = parked_sample();
	int dir = parked_directory(), source = parked_source();

	(void)state;
	p.at++;
	assert_false(parked_write_one(dir, &p, source));
	assert_int_equal(errno, EIO);
	assert_int_equal(count_files(), 0);
	close(source);
	close(dir);
}

static void
tells_that_a_directory_is_missing(void **state)
{
	struct parked p = parked_sample();
	int dir, source = parked_source();

	(void)state;
	assert_int_equal(system("rm -rf q && mkdir q"), 0);
	dir = open("q", O_RDONLY | O_DIRECTORY);
	assert_false(parked_write_one(dir, &p, source));
	assert_int_equal(errno, ENOENT);
	assert_true(parked_prepare(dir));
	assert_true(parked_prepare(dir));
	assert_true(parked_write_one(dir, &p, source));
	close(source);
	close(dir);
}

static void
takes_ids_only(void **state)
{
	static const struct vb_str texts[] = {
		{ "", 0 },
		{ "06CK0V4Q8R2M", 12 },
		{ "06CK0V4Q8R2M12", 14 },
		{ "06ck0v4q8r2m1", 13 },
		{ "../../../etc/", 13 },
		{ "06CK0V4Q8R2M/", 13 },
		{ "06CK0V4Q8R2M.", 13 },
		{ ".6CK0V4Q8R2M1", 13 },
		{ "06CK0V4Q8\0002M1", 13 },
		{ "06CK0V4Q8\xc3\x84M1", 13 },
	};
	struct arena *arena = arena_create();
	struct parked p = parked_sample();
	struct parked_note note = { 0 };
	char path[PARKED_PATH_SIZE];
	int dir = parked_written(), source = parked_source();

	(void)state;
	for (size_t i = 0; i < N(texts); i++) {
		p.envelope.id = texts[i];
		assert_false(parked_path(texts[i], path));
		assert_false(parked_write_one(dir, &p, source));
		assert_int_equal(errno, EINVAL);
		assert_false(parked_note(dir, texts[i], &note, true));
		assert_int_equal(errno, EINVAL);
		assert_false(parked_hold(dir, texts[i], true, 1));
		assert_int_equal(errno, EINVAL);
		assert_false(parked_remove(dir, texts[i], true));
		assert_int_equal(errno, EINVAL);
		assert_non_null(parked_read(dir, texts[i], arena, &p));
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(count_files(), 1);
	close(source);
	close(dir);
	arena_destroy(arena);
}

static void
removes(void **state)
{
	struct vb_str id = parked_sample().envelope.id;
	int dir = parked_written();

	(void)state;
	assert_true(parked_remove(dir, id, true));
	assert_int_equal(count_files(), 0);
	assert_false(parked_remove(dir, id, false));
	assert_int_equal(errno, ENOENT);
	close(dir);
}

struct writer {
	pthread_t thread;
	int dir, source;
	char id[PARKED_ID + 1];
};

static void *
write_twenty(void *data)
{
	struct writer *w = data;
	struct parked p = parked_sample(), got;
	struct arena *arena = arena_create();

	for (int i = 0; i < 20; i++) {
		p.envelope.id = vb_str(w->id);
		w->id[0] = (char)('A' + i);
		assert_true(parked_write_one(w->dir, &p, w->source));
		assert_null(parked_read(w->dir, p.envelope.id, arena, &got));
		assert_parked(&got, &p);
	}
	arena_destroy(arena);
	return NULL;
}

static void
writes_in_many_threads_at_one_time(void **state)
{
	struct writer writers[8];
	int dir = parked_directory(), source = parked_source();

	(void)state;
	for (size_t i = 0; i < N(writers); i++) {
		writers[i] = (struct writer){ .dir = dir, .source = source };
		snprintf(
		    writers[i].id, sizeof(writers[i].id), "0000000000%03zu", i);
		assert_int_equal(pthread_create(&writers[i].thread, NULL,
				     write_twenty, &writers[i]),
		    0);
	}
	for (size_t i = 0; i < N(writers); i++)
		assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
	assert_int_equal(count_files(), 160);
	close(source);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_file_that_people_can_read),
		cmocka_unit_test(reads_back_what_it_wrote),
		cmocka_unit_test(values_never_make_a_line),
		cmocka_unit_test(writes_empty_and_large_messages),
		cmocka_unit_test(leaves_one_that_is_there_as_it_is),
		cmocka_unit_test(
		    leaves_nothing_when_it_fails_at_whichever_octet),
		cmocka_unit_test(writes_many_at_once_but_those_that_cannot_be),
		cmocka_unit_test(leaves_nothing_when_the_source_is_short),
		cmocka_unit_test(tells_that_a_directory_is_missing),
		cmocka_unit_test(takes_ids_only),
		cmocka_unit_test(removes),
		cmocka_unit_test(writes_in_many_threads_at_one_time),
	};

	return cmocka_run_group_tests_name(
	    "parked_write", tests, enter_new_directory, remove_directory);
}
