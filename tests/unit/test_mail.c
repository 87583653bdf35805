/* A message that the queue is at work on: from its envelope, and its files. */
#include "core/mail/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct sites none;

static const struct recipient recipients[] = {
	{ RECIPIENT_LOCAL, { "smith@lab.test", 14 }, { "smith", 5 },
	    { "lab.test", 8 }, { "/home/smith", 11 } },
	{ RECIPIENT_REMOTE, { "joe@b.test", 10 }, { "", 0 }, { "b.test", 6 },
	    { "", 0 } },
	{ RECIPIENT_FAILED, { "ann@lab.test", 12 }, { "5.2.1", 5 }, { "", 0 },
	    { "not shown", 9 } },
};

static struct mail *
sample(size_t n_recipients)
{
	const struct envelope envelope = {
		.id = VB_STR("06CK0V4Q8R2M1"),
		.session = VB_STR("06CK0V4Q7H0M1"),
		.scope = VB_STR("public/10.0.0.0/8"),
		.reverse_path = VB_STR("ann@a.test"),
		.trace = VB_STR("Received: from a.test\r\n"),
		.octets = 49,
		.arrived = 1795492707,
		.recipients = recipients,
		.n_recipients = n_recipients,
	};
	struct buffer packed = { 0 };
	struct mail *m;

	envelope_pack(&packed, &envelope);
	m = mail_unpack(buffer_str(&packed), &none);
	memset(packed.p, 'x', packed.n); /* it has a copy */
	buffer_finish(&packed);
	return m;
}

static void
has_a_delivery_for_each_recipient(void **state)
{
	struct mail *m = sample(N(recipients));

	(void)state;
	assert_non_null(m);
	assert_int_equal(m->n, N(recipients));
	assert_int_equal(m->n_open, N(recipients));
	assert_int_equal(m->n_later + m->n_failed, 0);
	assert_null(m->scope); /* there is no site of that name */
	for (unsigned i = 0; i < m->n; i++) {
		const struct delivery_due *d = &m->deliveries[i];

		assert_ptr_equal(d->mail, m);
		assert_int_equal(d->number, i);
		assert_int_equal(d->progress, PROGRESS_READY);
		assert_int_equal(d->to->kind, recipients[i].kind);
		assert_true(vb_str_eq(d->to->mailbox, recipients[i].mailbox));
		assert_true(d->weight > d->to->mailbox.n);
	}
	mail_destroy(m);
}

static void
may_be_for_nobody(void **state)
{
	struct mail *m = sample(0);

	(void)state;
	assert_non_null(m);
	assert_int_equal(m->n, 0);
	assert_int_equal(m->n_open, 0);
	mail_destroy(m);
}

static void
is_none_when_the_envelope_is_none(void **state)
{
	static const char zeros[200];

	(void)state;
	assert_null(mail_unpack(VB_STR(""), &none));
	for (size_t n = 0; n < 64; n++)
		assert_null(mail_unpack((struct vb_str){ zeros, n }, &none));
	assert_null(mail_unpack((struct vb_str){ zeros, 65 }, &none));
}

/* The id is followed by other octets of the envelope, not by a NUL. */
static void
knows_its_files(void **state)
{
	struct mail *m = sample(1);
	static const struct {
		struct source source;
		const char *name;
	} cases[] = {
		{ { SOURCE_JOURNAL, 0x123456789abcdef, 4136 },
		    "journal/0123456789abcdef" },
		{ { SOURCE_LARGE, 0, 0 }, "large/06CK0V4Q8R2M1" },
		{ { SOURCE_PARKED, 0, 700 }, "queue/H/Y/06CK0V4Q8R2M1" },
	};

	(void)state;
	assert_string_equal(mail_name(m), "06CK0V4Q8R2M1");
	for (size_t i = 0; i < N(cases); i++) {
		struct vb_str name;

		m->source = cases[i].source;
		name = mail_file(m, m->arena);
		assert_int_equal(name.n, strlen(name.p));
		assert_string_equal(name.p, cases[i].name);
	}
	mail_destroy(m);
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/large", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/large/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
remove_file(const char *dir, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/large/%s", dir, name);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/large", dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
reads_what_there_is_of_itself_and_no_more(void **state)
{
	static const struct {
		uint64_t octets;
		size_t n, read;
	} cases[] = { { 8, 100, 8 }, { 8, 3, 3 }, { 100, 100, 9 },
		{ 0, 100, 0 } };
	char dir[] = "/tmp/verbena-mail-XXXXXX", octets[100];
	struct mail *m = sample(1);

	(void)state;
	assert_non_null(mkdtemp(dir));
	m->source = (struct source){ .kind = SOURCE_LARGE, .at = 4 };
	assert_int_equal(mail_read(m, dir, octets, sizeof(octets)), 0);
	write_file(dir, mail_name(m), "XXXXmessage\r\n");
	for (size_t i = 0; i < N(cases); i++) {
		memset(octets, '-', sizeof(octets));
		m->envelope.octets = cases[i].octets;
		assert_int_equal(
		    mail_read(m, dir, octets, cases[i].n), cases[i].read);
		assert_memory_equal(octets, "message\r\n", cases[i].read);
		assert_int_equal(octets[cases[i].read], '-');
	}
	remove_file(dir, mail_name(m));
	mail_destroy(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_delivery_for_each_recipient),
		cmocka_unit_test(may_be_for_nobody),
		cmocka_unit_test(is_none_when_the_envelope_is_none),
		cmocka_unit_test(knows_its_files),
		cmocka_unit_test(reads_what_there_is_of_itself_and_no_more),
	};

	return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
