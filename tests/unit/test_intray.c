/* The intray: each message once, but for what is known to be done. */
#include "tests/unit/segment_fixture.h"

#include <uv.h>

#include "core/mail/intray.h"

enum { MOST = 64 };

/* What has arrived, as "ID:012" with the recipients that are to be served, and
   "!" behind it when it may have been before. */
struct tray {
	int dir;
	struct ledger ledger;
	struct intray in;
	struct mail *mails[MOST];
	size_t n;
	struct buffer told;
};

static const struct sites none;
static struct tray tray;

static void
arrived(void *data, struct mail *m, bool again)
{
	struct tray *t = data;

	assert_true(t->n < MOST);
	buffer_printf(&t->told, "%s%.*s:", t->told.n == 0 ? "" : " ",
	    VB_FMT(m->envelope.id));
	for (size_t i = 0; i < m->n; i++)
		if (m->deliveries[i].progress == PROGRESS_READY)
			buffer_printf(&t->told, "%zu", i);
		else
			assert_int_equal(
			    m->deliveries[i].progress, PROGRESS_DONE);
	buffer_printf(&t->told, "%s", again ? "!" : "");
	assert_true(m->segment->keeps > 0);
	t->mails[t->n++] = m;
}

static void
tray_open(int dir)
{
	tray = (struct tray){ .dir = dir };
	assert_true(ledger_open(&tray.ledger, uv_default_loop(), dir));
	tray.in = (struct intray){ .ledger = &tray.ledger,
		.sites = &none,
		.arrived = arrived,
		.data = &tray };
	intray_open(&tray.in);
}

static void
assert_arrives(size_t most, const char *want)
{
	tray.told.n = 0;
	intray_read(&tray.in, most);
	buffer_add(&tray.told, "", 1);
	assert_string_equal(tray.told.p, want);
}

/* All that came is done with, and what can be freed is. */
static void
serve_all(void)
{
	for (size_t i = 0; i < tray.n; i++) {
		ledger_release(&tray.ledger, tray.mails[i]->segment);
		mail_destroy(tray.mails[i]);
	}
	tray.n = 0;
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

static void
tray_close(void)
{
	serve_all();
	while (tray.ledger.first != NULL) {
		struct ledger_segment *s = tray.ledger.first;

		tray.ledger.first = s->next;
		close(s->reader.fd);
		buffer_finish(&s->reader.in);
		free(s);
	}
	marks_finish(&tray.in.marks);
	buffer_finish(&tray.told);
	close(tray.dir);
}

/* A segment that somebody writes to. */
struct writer {
	struct segment is;
	uint64_t at;
};

static struct writer
writer_open(int dir)
{
	struct writer w = { .at = SEGMENT_BLOCK };

	assert_true(segment_claim(dir, &segment_plenty, &w.is));
	return w;
}

static void
put(struct writer *w, enum record_type type, const char *id, struct vb_str head)
{
	static struct batch b;
	const struct journal_entry e = { .type = type,
		.id = vb_str(id),
		.head = head,
		.body = type == RECORD_MESSAGE ? VB_STR("the octets")
		                               : VB_STR("") };

	batch_begin(&b, w->is.incarnation, w->at);
	assert_true(batch_add(&b, &e));
	batch_end(&b);
	batch_commit(&b, w->is.fd);
	assert_int_equal(b.error, 0);
	w->at = b.end;
}

static void
put_message(
    struct writer *w, enum record_type type, const char *id, size_t recipients)
{
	static const struct recipient to[9] = { 0 };
	const struct envelope e = { .id = vb_str(id),
		.octets = 10,
		.recipients = to,
		.n_recipients = recipients };
	struct buffer head = { 0 };

	envelope_pack(&head, &e);
	put(w, type, id, buffer_str(&head));
	buffer_finish(&head);
}

/* What else there is, as words: "A:012" messages, "+A:01" marks of these, "+A"
   of all, "-A" void, "*A:0" large ones. */
static void
put_words(struct writer *w, const char *words)
{
	char copy[256], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strtok_r(rest, " ", &rest)) != NULL) {
		char *id = word + (strchr("+-*", word[0]) != NULL);
		char *digits = id + strcspn(id, ":");
		struct buffer head = { 0 };

		if (*digits == ':')
			*digits++ = '\0';
		for (const char *p = digits; *p != '\0'; p++)
			mark_pack(
			    &head, &(unsigned){ (unsigned)(*p - '0') }, 1);
		if (word[0] == '+')
			put(w, RECORD_DONE, id, buffer_str(&head));
		else if (word[0] == '-')
			put(w, RECORD_VOID, id, VB_STR(""));
		else
			put_message(w,
			    word[0] == '*' ? RECORD_LARGE : RECORD_MESSAGE, id,
			    strlen(digits));
		buffer_finish(&head);
	}
}

static void
orphan(int dir, const char *words)
{
	struct writer w = writer_open(dir);

	put_words(&w, words);
	close(w.is.fd);
	usleep(20000); /* longer than the clock of files ticks */
}

static void
tell(const struct writer *w, bool is_sealed)
{
	ledger_tell(&tray.ledger, w->is.incarnation, w->at, is_sealed);
}

static void
finds_what_was_left(void **state)
{
	int dir = segment_directory();

	(void)state;
	orphan(dir, "A:01 B:0 *C:0");
	orphan(dir, "");
	orphan(dir, "D:0");
	tray_open(dir);
	assert_arrives(99, "A:01! B:0! C:0! D:0!");
	assert_arrives(99, "");
	for (size_t i = 0; i < tray.n; i++)
		assert_int_equal(tray.mails[i]->source.kind,
		    i == 2 ? SOURCE_LARGE : SOURCE_JOURNAL);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	assert_int_equal(segment_files("free-*"), 1);
	serve_all();
	assert_int_equal(segment_files("free-*"), 3);
	tray_close();
}

/* Wherever the marks stand. */
static void
does_nothing_again_that_is_done(void **state)
{
	static const struct {
		const char *first, *second, *arrives;
	} cases[] = {
		{ "A:012 B:0", "+A:1", "A:02! B:0!" },
		{ "+A:1", "A:012 B:0", "A:02! B:0!" },
		{ "A:012 +A:2 +A:0 B:0", "", "A:1! B:0!" },
		{ "A:012 B:0", "+A:2 +A:0 +A:1", "B:0!" },
		{ "A:012 B:0", "+A:201 +A:0", "B:0!" },
		{ "A:012 B:0", "+A", "B:0!" },
		{ "A:012 B:0", "-A", "B:0!" },
		{ "A:012 B:0", "-C +D", "A:012! B:0!" },
		{ "*A:01", "-A", "" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		int dir = segment_directory();

		orphan(dir, cases[i].first);
		orphan(dir, cases[i].second);
		tray_open(dir);
		assert_arrives(99, cases[i].arrives);
		for (size_t k = 0; k < tray.n; k++) {
			const struct mail *m = tray.mails[k];
			size_t open = 0;

			for (size_t d = 0; d < m->n; d++)
				open += m->deliveries[d].progress ==
				        PROGRESS_READY;
			assert_int_equal(m->n_open, open);
		}
		tray_close();
	}
}

static void
reads_so_many_and_then_where_it_was(void **state)
{
	int dir = segment_directory();

	(void)state;
	orphan(dir, "A:0 B:0 +B C:0 D:0");
	orphan(dir, "E:0 F:0");
	tray_open(dir);
	assert_arrives(0, "");
	assert_arrives(2, "A:0! C:0!");
	assert_arrives(1, "D:0!");
	assert_arrives(2, "E:0! F:0!");
	assert_arrives(2, "");
	tray_close();
}

static void
reads_what_it_is_told_of(void **state)
{
	int dir = segment_directory();
	struct writer w = writer_open(dir);

	(void)state;
	tray_open(dir);
	put_words(&w, "A:0");
	assert_arrives(99, "");
	tell(&w, false);
	put_words(&w, "B:0");
	assert_arrives(99, "A:0!");
	tell(&w, false);
	assert_arrives(99, "B:0!");
	put_words(&w, "C:0 -X");
	close(w.is.fd);
	tell(&w, true);
	w = writer_open(dir);
	put_words(&w, "D:0");
	tell(&w, false);
	assert_arrives(99, "C:0! D:0"); /* of a segment that is new */
	serve_all();
	assert_int_equal(segment_files("free-*"), 1);
	close(w.is.fd);
	tray_close();
}

/* Only what was told of was acknowledged. */
static void
reads_no_more_than_it_is_told_of(void **state)
{
	int dir = segment_directory();
	struct writer w = writer_open(dir), end;

	(void)state;
	tray_open(dir);
	put_words(&w, "A:0");
	end = w;
	put_words(&w, "FAILED:0");
	close(w.is.fd);
	tell(&end, true);
	assert_arrives(99, "A:0!");
	ledger_look(&tray.ledger);
	assert_arrives(99, "");
	tray_close();
}

/* A worker lives, whose disk failed once; the queue is started anew. */
static void
honours_what_is_void_though_its_writer_lives(void **state)
{
	int dir = segment_directory();
	struct writer w;

	(void)state;
	orphan(dir, "A:0 FAILED:0");
	w = writer_open(dir);
	put_words(&w, "-FAILED B:0");
	tray_open(dir);
	assert_arrives(99, "A:0!");
	tell(&w, false);
	assert_arrives(99, "B:0!");
	close(w.is.fd);
	tray_close();
}

/* The same, but it was the worker that died, and had no time to tell. */
static void
honours_what_is_void_when_a_writer_dies(void **state)
{
	int dir = segment_directory();
	struct writer w, next;

	(void)state;
	tray_open(dir);
	w = writer_open(dir);
	put_words(&w, "A:0");
	tell(&w, false);
	assert_arrives(99, "A:0");
	put_words(&w, "B:0 FAILED:0");
	next = writer_open(dir);
	put_words(&next, "-FAILED C:0");
	close(w.is.fd);
	close(next.is.fd);
	ledger_look(&tray.ledger);
	assert_arrives(1, "B:0");
	assert_arrives(99, "C:0");
	tray_close();
}

/* A mark of an earlier life of the queue does not outlive what it was of. */
static void
forgets_marks_that_nobody_can_need(void **state)
{
	int dir = segment_directory();

	(void)state;
	orphan(dir, "A:0 +A B:0 C:0 +Z");
	tray_open(dir);
	assert_true(tray.in.has_marks);
	assert_arrives(1, "B:0!");
	assert_true(tray.in.has_marks);
	assert_arrives(99, "C:0!");
	assert_false(tray.in.has_marks);
	assert_int_equal(tray.in.marks.by_id.n, 0);
	tray_close();
}

/* Nor, where its segment goes on, when its writer has told how far it is. */
static void
forgets_marks_when_a_writer_has_told_all(void **state)
{
	int dir = segment_directory();
	struct writer w = writer_open(dir);

	(void)state;
	put_words(&w, "A:0 B:0");
	tray_open(dir);
	assert_arrives(99, "");
	assert_true(tray.in.has_marks);
	tell(&w, false);
	assert_arrives(1, "A:0!");
	assert_true(tray.in.has_marks);
	assert_arrives(99, "B:0!");
	assert_false(tray.in.has_marks);
	close(w.is.fd);
	tray_close();
}

/* One that it claimed ahead of need it tells of when it writes there. */
static void
forgets_marks_though_a_writer_has_an_empty_segment(void **state)
{
	int dir = segment_directory();
	struct writer w;

	(void)state;
	orphan(dir, "A:0 +A");
	w = writer_open(dir);
	tray_open(dir);
	assert_true(tray.in.has_marks);
	assert_arrives(99, "");
	assert_false(tray.in.has_marks);
	put_words(&w, "B:0");
	tell(&w, false);
	assert_arrives(99, "B:0!");
	close(w.is.fd);
	tray_close();
}

/* Until the messages of others are done with, too. */
static void
keeps_marks_over_the_next_start(void **state)
{
	int dir = segment_directory();

	(void)state;
	orphan(dir, "+A:0 +B");
	orphan(dir, "A:01 B:0 C:0");
	for (int start = 0; start < 3; start++) {
		tray_open(dir);
		assert_arrives(99, "A:1! C:0!");
		uv_run(uv_default_loop(), UV_RUN_DEFAULT);
		assert_int_equal(segment_files("free-*"), 0);
		for (size_t i = 0; i < tray.n; i++)
			mail_destroy(tray.mails[i]);
		tray.n = 0; /* the queue dies */
		if (start < 2) {
			dir = dup(tray.dir);
			tray_close();
		}
	}
	tray_close();
}

/* Somebody has to look at it: it must not be lost. */
static void
keeps_what_it_cannot_read(void **state)
{
	int dir = segment_directory();
	struct writer w = writer_open(dir);

	(void)state;
	put_words(&w, "A:0");
	put(&w, RECORD_MESSAGE, "BAD", VB_STR("not an envelope"));
	put_words(&w, "B:0");
	close(w.is.fd);
	tray_open(dir);
	assert_arrives(99, "A:0! B:0!");
	serve_all();
	assert_arrives(99, "");
	assert_int_equal(segment_files("free-*"), 0);
	tray_close();
}

static void
keeps_a_segment_that_is_not_what_was_vouched_for(void **state)
{
	int dir = segment_directory();
	struct writer w = writer_open(dir);

	(void)state;
	put_words(&w, "A:0 B:0 C:0");
	assert_int_equal(
	    pwrite(w.is.fd, "\0\0\0\0\0\0\0\0", 8, 2 * SEGMENT_BLOCK), 8);
	tray_open(dir);
	tell(&w, true);
	close(w.is.fd);
	assert_arrives(99, "A:0!");
	assert_arrives(99, "");
	serve_all();
	assert_int_equal(segment_files("free-*"), 0);
	assert_true(tray.ledger.first->is_broken);
	tray_close();
}

/* The disk does not give it: when it does, all goes on from there. */
static void
reads_again_what_could_not_be_read(void **state)
{
	int dir = segment_directory(), away;
	struct writer w = writer_open(dir);
	struct ledger_segment *s;

	(void)state;
	put_words(&w, "A:0 B:0");
	close(w.is.fd);
	tray_open(dir);
	s = tray.ledger.first;
	away = s->reader.fd;
	s->reader.fd = open("/", O_RDONLY); /* EISDIR */
	assert_arrives(99, "");
	assert_true(s->is_broken);
	close(s->reader.fd);
	s->reader.fd = away;
	ledger_look_again(&tray.ledger);
	assert_arrives(99, "");
	s->again = 1;
	ledger_look_again(&tray.ledger);
	assert_arrives(99, "A:0! B:0!");
	serve_all();
	assert_int_equal(segment_files("free-*"), 1);
	tray_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_left),
		cmocka_unit_test(does_nothing_again_that_is_done),
		cmocka_unit_test(reads_so_many_and_then_where_it_was),
		cmocka_unit_test(reads_what_it_is_told_of),
		cmocka_unit_test(reads_no_more_than_it_is_told_of),
		cmocka_unit_test(honours_what_is_void_though_its_writer_lives),
		cmocka_unit_test(honours_what_is_void_when_a_writer_dies),
		cmocka_unit_test(forgets_marks_that_nobody_can_need),
		cmocka_unit_test(forgets_marks_when_a_writer_has_told_all),
		cmocka_unit_test(
		    forgets_marks_though_a_writer_has_an_empty_segment),
		cmocka_unit_test(keeps_marks_over_the_next_start),
		cmocka_unit_test(keeps_what_it_cannot_read),
		cmocka_unit_test(reads_again_what_could_not_be_read),
		cmocka_unit_test(
		    keeps_a_segment_that_is_not_what_was_vouched_for),
	};

	return cmocka_run_group_tests_name(
	    "intray", tests, enter_new_directory, remove_directory);
}
