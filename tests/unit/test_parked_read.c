/* Is what was written read strictly, but for a torn end, and added to? */
#include "tests/unit/parked_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static const struct parked_note busy = {
	1,
	{ .outcome = PARKED_WAITING,
	    .is_told = true,
	    .attempts = 2,
	    .tried = 1795493030,
	    .due = 1795493600,
	    .status = { "4.2.1", 5 },
	    .remote = { "mx.b.test", 9 },
	    .text = { "450 still\r\nbusy", 15 } },
};

static const struct parked_note gone = {
	1,
	{ .outcome = PARKED_FAILED,
	    .attempts = 3,
	    .tried = 1795493600,
	    .status = { "5.1.1", 5 },
	    .remote = { "mx.b.test", 9 },
	    .text = { "550 who?", 8 } },
};

static struct vb_str
the_id(void)
{
	return VB_STR("06CK0V4Q8R2M1");
}

/* The sample is there, and of the second recipient it says this. */
static void
assert_second(int dir, const struct parked_state *want)
{
	struct arena *arena = arena_create();
	struct parked got, whole = parked_sample();
	struct parked_state states[] = { whole.states[0], *want };

	whole.states = states;
	assert_null(parked_read(dir, the_id(), arena, &got));
	assert_parked(&got, &whole);
	arena_destroy(arena);
}

static void
the_last_note_counts(void **state)
{
	int dir = parked_written();

	(void)state;
	assert_true(parked_note(dir, the_id(), &busy, false));
	assert_second(dir, &busy.state);
	assert_true(parked_note(dir, the_id(), &gone, true));
	assert_second(dir, &gone.state);
	close(dir);
}

static void
holds_and_releases(void **state)
{
	static const bool says[] = { true, false, true, true, false };
	struct arena *arena = arena_create();
	struct parked got;
	int dir = parked_written();

	(void)state;
	for (size_t i = 0; i < N(says); i++) {
		assert_true(parked_hold(dir, the_id(), says[i], 1795493030));
		assert_null(parked_read(dir, the_id(), arena, &got));
		assert_int_equal(got.is_held, says[i]);
	}
	assert_second(dir, &parked_states[1]);
	close(dir);
	arena_destroy(arena);
}

static void
tells_what_a_recipient_waits_for(void **state)
{
	static const struct parked_note kept = { 1,
		{ .keeper = { "for: TURN", 9 } } };
	static const struct parked_note kept_again = { 1,
		{ .attempts = 2,
		    .tried = 1795493030,
		    .text = { "450 busy", 8 },
		    .keeper = { "TURN", 4 } } };
	int dir = parked_written();

	(void)state;
	assert_true(parked_note(dir, the_id(), &kept, false));
	assert_second(dir, &kept.state);
	assert_true(parked_note(dir, the_id(), &kept_again, false));
	assert_second(dir, &kept_again.state);
	assert_true(parked_note(dir, the_id(), &busy, false));
	assert_second(dir, &busy.state);
	close(dir);
}

/* Others have much to say. */
static void
keeps_the_beginning_of_a_long_text(void **state)
{
	struct arena *arena = arena_create();
	struct parked_note note = busy;
	struct parked got;
	char *text = arena_alloc(arena, 100000);
	int dir = parked_written();

	(void)state;
	memset(text, '\n', 100000);
	note.state.status = note.state.remote = note.state.text =
	    (struct vb_str){ text, 100000 };
	assert_true(parked_note(dir, the_id(), &note, false));
	assert_true(parked_note(dir, the_id(), &note, false));
	assert_null(parked_read(dir, the_id(), arena, &got));
	assert_str(got.states[1].status, ((struct vb_str){ text, 64 }));
	assert_str(got.states[1].remote, ((struct vb_str){ text, 255 }));
	assert_str(got.states[1].text, ((struct vb_str){ text, 1000 }));
	close(dir);
	arena_destroy(arena);
}

static void
passes_over_a_last_line_torn_at_any_octet(void **state)
{
	struct arena *arena = arena_create();
	int dir = parked_written();
	const char *name = parked_file_name(the_id());
	size_t before = parked_content(name, arena).n, after;

	(void)state;
	assert_true(parked_note(dir, the_id(), &busy, false));
	after = parked_content(name, arena).n;
	for (size_t n = before; n < after; n++) {
		assert_int_equal(truncate(name, (off_t)n), 0);
		assert_second(dir, &parked_states[1]);
		assert_true(parked_note(dir, the_id(), &busy, false));
		assert_int_equal(parked_content(name, arena).n, after);
		assert_second(dir, &busy.state);
		assert_true(parked_note(dir, the_id(), &gone, false));
		assert_second(dir, &gone.state);
		assert_int_equal(truncate(name, (off_t)after), 0);
	}
	close(dir);
	arena_destroy(arena);
}

/* Also the lines that were written with the file: who has none was not tried.
 */
static void
takes_a_recipient_without_a_line_for_due_at_once(void **state)
{
	static const struct parked_state untried = { 0 };
	struct arena *arena = arena_create();
	int dir = parked_written();
	const char *name = parked_file_name(the_id());
	struct vb_str all = parked_content(name, arena);
	struct parked got;

	(void)state;
	assert_int_equal(truncate(name, (off_t)all.n - 1), 0);
	assert_second(dir, &untried);
	assert_int_equal(truncate(name, 393), 0);
	assert_null(parked_read(dir, the_id(), arena, &got));
	assert_state(&got.states[0], &untried);
	assert_true(parked_note(dir, the_id(), &busy, true));
	assert_null(parked_read(dir, the_id(), arena, &got));
	assert_state(&got.states[1], &busy.state);
	close(dir);
	arena_destroy(arena);
}

static void
passes_over_a_torn_end_however_long(void **state)
{
	static const size_t sizes[] = { 1, 4095, 4096, 4097, 8192, 8193, 65535,
		65536, 65537, 300000 };
	struct arena *arena = arena_create();
	int dir = parked_written();
	const char *name = parked_file_name(the_id());
	size_t whole = parked_content(name, arena).n, line;

	(void)state;
	assert_true(parked_note(dir, the_id(), &busy, false));
	line = parked_content(name, arena).n - whole;
	assert_int_equal(truncate(name, (off_t)whole), 0);
	for (size_t i = 0; i < N(sizes); i++) {
		assert_int_equal(truncate(name, (off_t)(whole + sizes[i])), 0);
		assert_second(dir, &parked_states[1]);
		assert_true(parked_note(dir, the_id(), &busy, false));
		assert_second(dir, &busy.state);
		assert_int_equal(parked_content(name, arena).n, whole + line);
		assert_int_equal(truncate(name, (off_t)whole), 0);
	}
	close(dir);
	arena_destroy(arena);
}

static void
adds_nothing_when_it_cannot_add_all(void **state)
{
	struct arena *arena = arena_create();
	struct rlimit before, limit;
	int dir = parked_written();
	const char *name = parked_file_name(the_id());
	size_t whole = parked_content(name, arena).n, n;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (n = whole; n < whole + 1000; n++) {
		bool is_good;

		limit = (struct rlimit){ n, before.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		is_good = parked_note(dir, the_id(), &busy, true);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		if (is_good)
			break;
		assert_int_equal(parked_content(name, arena).n, whole);
		assert_second(dir, &parked_states[1]);
	}
	assert_in_range(n, whole + 60, whole + 120);
	assert_second(dir, &busy.state);
	close(dir);
	arena_destroy(arena);
}

/* What stands in the file, what is put there, and what is said of it. */
static const struct {
	const char *from, *to, *says;
} faults[] = {
	{ "verbena-parked 1", "verbena-parked 2",
	    ": is no parked message, or cut off" },
	{ "header 0000000320", "header 0000000319",
	    ":13: want an empty line, and the end" },
	{ "header 0000000320", "header 0000000322",
	    ":13: want an empty line, and the end" },
	{ "header 0000000320", "header 9000000290",
	    ": is no parked message, or cut off" },
	{ "log 0000000000000000393", "log 0000000000000000392",
	    ":1: want a log behind the message" },
	{ "log 0000000000000000393", "log 0000000000000009364",
	    ": is no parked message, or cut off" },
	{ "recipients 0000002", "recipients 0000001",
	    ":12: want an empty line, and the end" },
	{ "recipients 0000002", "recipients 0000003", ":13: want to" },
	{ "recipients 0000002", "recipients 9999999",
	    ": is no parked message, or cut off" },
	{ "id: 06CK0V4Q8R2M1", "id: 06CK0V4Q8R2M2",
	    ":2: is about another message" },
	{ "id: ", "ID: ", ":2: want id" },
	{ "session: ", "session= ", ":3: want session" },
	{ "scope: public", "scope:  ublic", ":4: want scope" },
	{ "from: ann@a.test",
	    "from: ann\xff"
	    "a.test",
	    ":5: want from" },
	{ "from: ann@", "from: a%z@", ":5: want from" },
	{ "arrived: 2026", "arrived: 1926", ":7: want arrived" },
	{ "trace: 23", "trace: 2x", ":8: want trace" },
	{ "trace: 23", "trace: 24", ":1: want a log behind the message" },
	{ "octets: 49", "octets: -9", ":9: want octets" },
	{ "octets: 49", "octets: 50", ":1: want a log behind the message" },
	{ "relay-from: -", "relay_from: -", ":6: want relay-from" },
	{ "bits: 7", "bits: x", ":10: want bits" },
	{ "to: local", "to: mocal", ":11: want to" },
	{ "- b.test -\n", "- b.test - ", ":12: want to" },
	{ "smith lab.test /", "smith lab.test  ", ":11: want to" },
	{ "2026-11-24T03:59:00Z 0 del", "2026-11-34T03:59:00Z 0 del",
	    ": line 1 of the log does not begin with a time" },
	{ "0 delivered", "2 delivered",
	    ": line 1 of the log is about no recipient" },
	{ "0 delivered", "x delivered",
	    ": line 1 of the log is about no recipient" },
	{ "delivered - 1", "delivered X 1",
	    ": line 1 of the log does not say what became of a recipient" },
	{ "1 waiting", "1 Waiting",
	    ": line 2 of the log does not say what became of a recipient" },
	{ "49Z 1 - 4.2.1", "49Z 1 + 4.2.1",
	    ": line 2 of the log does not say what became of a recipient" },
	{ "49Z 1 - 4.2.1", "49Z    4.2.1 ",
	    ": line 2 of the log does not say what became of a recipient" },
	{ "450 busy", "450 b%sy",
	    ": line 2 of the log does not say what became of a recipient" },
	{ "0 delivered", "*  elivered",
	    ": line 1 of the log says neither held nor released" },
};

static void
put(struct vb_str file, const char *from, const char *to)
{
	char *at = strstr(file.p, from);

	assert_non_null(at);
	memcpy(at, to, strlen(to));
	write_bytes(parked_file_name(the_id()), file.p, file.n);
}

static void
tells_what_is_wrong_and_where(void **state)
{
	struct arena *arena = arena_create();
	const char *name;

	(void)state;
	for (size_t i = 0; i < N(faults); i++) {
		int dir = parked_written();
		struct parked got;
		const char *said;

		name = parked_file_name(the_id());
		put(parked_content(name, arena), faults[i].from, faults[i].to);
		errno = 0;
		said = parked_read(dir, the_id(), arena, &got);
		assert_int_equal(errno, EBADMSG);
		if (said == NULL ||
		    strncmp(said, name + 2, strlen(name + 2)) != 0 ||
		    strstr(said, faults[i].says) == NULL)
			fail_msg("\"%s\" gives \"%s\"", faults[i].to,
			    said == NULL ? "no fault" : said);
		close(dir);
	}
	arena_destroy(arena);
}

static void
tells_a_file_that_is_cut_before_its_log(void **state)
{
	struct arena *arena = arena_create();
	struct parked got;
	int dir = parked_written();
	const char *name = parked_file_name(the_id());

	(void)state;
	for (off_t n = 370; n >= 0; n--) {
		assert_int_equal(truncate(name, n), 0);
		assert_non_null(parked_read(dir, the_id(), arena, &got));
		assert_int_equal(errno, EBADMSG);
		assert_false(parked_note(dir, the_id(), &busy, false));
		assert_int_equal(errno, EBADMSG);
	}
	close(dir);
	arena_destroy(arena);
}

static void
tells_a_line_that_is_too_long(void **state)
{
	struct arena *arena = arena_create();
	struct parked got;
	int dir = parked_written();
	const char *name = parked_file_name(the_id());
	size_t whole = parked_content(name, arena).n;
	int fd = open(name, O_WRONLY);

	(void)state;
	assert_int_equal(pwrite(fd, "\n", 1, (off_t)whole + 300000), 1);
	assert_string_equal(
	    parked_read(dir, the_id(), arena, &got) + strlen(name + 2),
	    ": line 3 of the log is too long");
	assert_int_equal(errno, EBADMSG);
	close(fd);
	close(dir);
	arena_destroy(arena);
}

static void
tells_what_the_system_says(void **state)
{
	struct arena *arena = arena_create();
	struct parked got;
	int dir = parked_directory();
	const char *name = parked_file_name(the_id());

	(void)state;
	assert_string_equal(
	    parked_read(dir, the_id(), arena, &got) + strlen(name + 2),
	    ": No such file or directory");
	assert_int_equal(errno, ENOENT);
	assert_false(parked_note(dir, the_id(), &busy, false));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(symlink("/etc/passwd", name), 0);
	assert_non_null(parked_read(dir, the_id(), arena, &got));
	assert_int_equal(errno, ELOOP);
	close(dir);
	arena_destroy(arena);
}

/* A log of many pieces. */
static void
reads_the_states_of_thousands_of_recipients(void **state)
{
	enum { MANY = 5000 };
	struct arena *arena = arena_create();
	struct recipient *to = arena_alloc(arena, MANY * sizeof(*to));
	struct parked_state *all = arena_alloc(arena, MANY * sizeof(*all));
	struct parked want = parked_sample(), got;
	int dir = parked_directory(), source = parked_source();

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		to[i] = parked_recipients[1];
		to[i].mailbox = arena_printf(arena, "u%zu@b.test", i);
		all[i] = parked_states[1];
		all[i].due += (int64_t)i;
	}
	want.envelope.recipients = to;
	want.envelope.n_recipients = MANY;
	want.states = all;
	assert_true(parked_write_one(dir, &want, source));
	for (size_t i = 0; i < MANY; i += 7) {
		struct parked_note note = { i, all[i] };

		note.state.attempts = 9;
		assert_true(parked_note(dir, the_id(), &note, false));
		all[i] = note.state;
	}
	assert_null(parked_read(dir, the_id(), arena, &got));
	assert_parked(&got, &want);
	close(source);
	close(dir);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_note_counts),
		cmocka_unit_test(holds_and_releases),
		cmocka_unit_test(tells_what_a_recipient_waits_for),
		cmocka_unit_test(keeps_the_beginning_of_a_long_text),
		cmocka_unit_test(passes_over_a_last_line_torn_at_any_octet),
		cmocka_unit_test(
		    takes_a_recipient_without_a_line_for_due_at_once),
		cmocka_unit_test(passes_over_a_torn_end_however_long),
		cmocka_unit_test(adds_nothing_when_it_cannot_add_all),
		cmocka_unit_test(tells_what_is_wrong_and_where),
		cmocka_unit_test(tells_a_file_that_is_cut_before_its_log),
		cmocka_unit_test(tells_a_line_that_is_too_long),
		cmocka_unit_test(tells_what_the_system_says),
		cmocka_unit_test(reads_the_states_of_thousands_of_recipients),
	};

	return cmocka_run_group_tests_name(
	    "parked_read", tests, enter_new_directory, remove_directory);
}
