/* The journal is looked at without a trace. */
#include "tests/unit/segment_fixture.h"

#include "core/mail/journal_view.h"

static const struct recipient two[] = {
	{ .mailbox = { "ann@a.test", 10 } },
	{ .mailbox = { "bob@a.test", 10 } },
};

static struct buffer envelopes[4];

/* A record of a message with two recipients. */
static struct journal_entry
message(size_t i, const char *id)
{
	const struct envelope e = { .id = vb_str(id),
		.octets = 5,
		.recipients = two,
		.n_recipients = 2 };

	envelopes[i].n = 0;
	envelope_pack(&envelopes[i], &e);
	return (struct journal_entry){ .type = RECORD_MESSAGE,
		.id = vb_str(id),
		.head = buffer_str(&envelopes[i]),
		.body = VB_STR("hello") };
}

static uint64_t
write_all(const struct segment *s, uint64_t at,
    const struct journal_entry *entries, size_t n)
{
	static struct batch b;

	batch_begin(&b, s->incarnation, at);
	for (size_t i = 0; i < n; i++)
		assert_true(batch_add(&b, &entries[i]));
	batch_end(&b);
	batch_commit(&b, s->fd);
	assert_int_equal(b.error, 0);
	return b.end;
}

/* Writes down what it is shown: id, who is still to get it, its octets. */
static bool
note(void *data, const struct journal_message *m)
{
	struct buffer *seen = data;
	char body[6] = "";

	assert_int_equal(pread(m->fd, body, 5, (off_t)m->body_at), 5);
	buffer_printf(seen, "%.*s%s", VB_FMT(m->record.id),
	    m->is_faulty ? " faulty" : "");
	for (size_t i = 0; i < m->envelope.n_recipients; i++)
		if (!marks_has(m->marks, m->record.id, (unsigned)i))
			buffer_printf(seen, " %zu", i);
	buffer_printf(seen, " %s\n", body);
	return true;
}

static void
assert_seen(int dir, const char *expected)
{
	struct journal_view v;
	struct buffer seen = { 0 };

	assert_true(journal_view_open(&v, dir));
	assert_true(journal_view_each(&v, note, &seen));
	buffer_add(&seen, "", 1);
	assert_string_equal(seen.p, expected);
	buffer_finish(&seen);
	journal_view_finish(&v);
}

static void
an_empty_directory_shows_nothing(void **state)
{
	int dir = segment_directory();

	(void)state;
	assert_seen(dir, "");
	close(dir);
}

static void
shows_who_is_not_served_whatever_segment_says_so(void **state)
{
	int dir = segment_directory(), before = open_descriptors();
	struct buffer head = { 0 };
	struct segment a, b;

	(void)state;
	mark_pack(&head, (const unsigned[]){ 1 }, 1);
	assert_true(segment_claim(dir, &segment_plenty, &a));
	assert_true(segment_claim(dir, &segment_plenty, &b));
	write_all(&a, SEGMENT_BLOCK,
	    (const struct journal_entry[]){ message(0, "NOBODY"),
		message(1, "SECOND"), message(2, "VOIDED"),
		message(3, "SERVED") },
	    4);
	write_all(&b, SEGMENT_BLOCK,
	    (const struct journal_entry[]){ { .type = RECORD_DONE,
						.id = VB_STR("SECOND"),
						.head = buffer_str(&head) },
		{ .type = RECORD_VOID, .id = VB_STR("VOIDED") },
		{ .type = RECORD_DONE, .id = VB_STR("SERVED") } },
	    3);
	assert_seen(dir, "NOBODY 0 1 hello\nSECOND 0 hello\n");
	close(a.fd);
	close(b.fd);
	assert_int_equal(open_descriptors(), before);
	buffer_finish(&head);
	close(dir);
}

static void
ends_at_what_is_torn_and_passes_over_free_segments(void **state)
{
	int dir = segment_directory();
	struct segment a, b;
	uint64_t second;

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &a));
	assert_true(segment_claim(dir, &segment_plenty, &b));
	second = write_all(&a, SEGMENT_BLOCK,
	    (const struct journal_entry[]){ message(0, "FIRST") }, 1);
	write_all(&a, second,
	    (const struct journal_entry[]){ message(0, "TORN") }, 1);
	write_all(&b, SEGMENT_BLOCK,
	    (const struct journal_entry[]){ message(0, "FREED") }, 1);
	assert_int_equal(
	    pwrite(a.fd, "x", 1, (off_t)second + RECORD_HEAD + 1), 1);
	close(b.fd);
	assert_true(segment_free(dir, b.incarnation));
	assert_seen(dir, "FIRST 0 1 hello\n");
	assert_int_equal(segment_files("free-*"), 1);
	close(a.fd);
	close(dir);
}

static void
what_has_no_envelope_is_shown_as_faulty(void **state)
{
	int dir = segment_directory();
	const struct journal_entry bad = { .type = RECORD_MESSAGE,
		.id = VB_STR("BAD"),
		.head = VB_STR("no envelope"),
		.body = VB_STR("hello") };
	struct segment a;

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &a));
	write_all(&a, SEGMENT_BLOCK, &bad, 1);
	assert_seen(dir, "BAD faulty hello\n");
	close(a.fd);
	close(dir);
}

/* The writer holds its lock, and others must be able to tell. */
static void
takes_no_lock_and_leaves_names_as_they_are(void **state)
{
	int dir = segment_directory();
	char name[SEGMENT_NAME];
	struct segment a;

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &a));
	write_all(&a, SEGMENT_BLOCK,
	    (const struct journal_entry[]){ message(0, "ONE") }, 1);
	segment_name(a.incarnation, name);
	close(a.fd);
	assert_int_equal(renameat(dir, name, dir, "free-00"), 0);
	assert_seen(dir, "ONE 0 1 hello\n");
	assert_int_equal(segment_files("free-00"), 1);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_directory_shows_nothing),
		cmocka_unit_test(
		    shows_who_is_not_served_whatever_segment_says_so),
		cmocka_unit_test(
		    ends_at_what_is_torn_and_passes_over_free_segments),
		cmocka_unit_test(what_has_no_envelope_is_shown_as_faulty),
		cmocka_unit_test(takes_no_lock_and_leaves_names_as_they_are),
	};

	return cmocka_run_group_tests(
	    tests, enter_new_directory, remove_directory);
}
