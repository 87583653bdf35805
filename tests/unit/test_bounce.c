/* Is a sender told, in the right form, what became of a message? */
#include "core/mail/bounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct recipient sam = { .kind = RECIPIENT_REMOTE,
	.mailbox = { "SAM@HOSTZ.test", 14 } };
static const struct recipient smith = { .kind = RECIPIENT_LOCAL,
	.mailbox = { "smith@lab.test", 14 } };

static const struct envelope joes = {
	.id = { "06CK0V4Q8R2M1", 13 },
	.reverse_path = { "JOE@HOSTW.test", 14 },
	.arrived = 1795492707,
};

static const struct bounce_failure lost = {
	.recipient = &sam,
	.action = BOUNCE_FAILED,
	.status = { "5.1.1", 5 },
	.text = { "550 5.1.1 No such user", 22 },
	.remote = { "HOSTZ.test", 10 },
	.tried = 1795492742,
};

static const struct bounce_failure late = {
	.recipient = &smith,
	.action = BOUNCE_DELAYED,
	.status = { "4.2.2", 5 },
	.text = { "mailbox is full", 15 },
	.tried = 1795492742,
	.until = 1795924707,
};

static const char header[] =
    "Received: from a.test\r\n\tby mx.test\r\nSubject: hello\r\n\r\nBody: x\r\n";

/* Made of one failure or more. */
static struct bounce
about(const struct bounce_failure *failures, size_t n)
{
	return (struct bounce){
		.envelope = &joes,
		.original = { header, sizeof(header) - 1 },
		.failures = failures,
		.n_failures = n,
		.id = VB_STR("06CK0V4Q8R2M2"),
		.hostname = VB_STR("HOSTY.test"),
		.profile = PROFILE_RFC5321,
		.now = 1795492743,
	};
}

/* 7-bit, printable, CR LF and nothing else, 998 octets a line. */
static void
assert_fits_anywhere(const struct buffer *b)
{
	size_t length = 0;

	for (size_t i = 0; i < b->n; i++) {
		unsigned char c = (unsigned char)b->p[i];

		if (c == '\r') {
			assert_true(i + 1 < b->n && b->p[i + 1] == '\n');
			assert_true(length <= 998);
		} else if (c == '\n') {
			assert_true(i > 0 && b->p[i - 1] == '\r');
			length = 0;
		} else {
			assert_true((c >= 0x20 && c < 0x7f) || c == '\t');
			length++;
		}
	}
	assert_int_equal(length, 0);
}

/* The text, with a NUL behind it; to be freed. */
static char *
text_of(const struct bounce *bounce)
{
	struct buffer b = { 0 };

	bounce_write(&b, bounce);
	assert_fits_anywhere(&b);
	buffer_add(&b, "", 1);
	return b.p;
}

static void
assert_says(const struct bounce *bounce, const char *what)
{
	char *text = text_of(bounce);

	if (strstr(text, what) == NULL)
		fail_msg("\"%s\" is not in:\n%s", what, text);
	free(text);
}

static void
assert_says_not(const struct bounce *bounce, const char *what)
{
	char *text = text_of(bounce);

	if (strstr(text, what) != NULL)
		fail_msg("\"%s\" is in:\n%s", what, text);
	free(text);
}

static void
tells_people_and_programs(void **state)
{
	static const char expected[] =
	    "From: Mail Delivery System <MAILER-DAEMON@HOSTY.test>\r\n"
	    "To: JOE@HOSTW.test\r\n"
	    "Subject: Your message could not be delivered\r\n"
	    "Date: Tue, 24 Nov 2026 03:59:03 +0000\r\n"
	    "Message-ID: <06CK0V4Q8R2M2@HOSTY.test>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    "\tboundary=\"=_06CK0V4Q8R2M2.0\"\r\n"
	    "\r\n"
	    "--=_06CK0V4Q8R2M2.0\r\n"
	    "Content-Type: text/plain; charset=us-ascii\r\n"
	    "\r\n"
	    "This is the mail system at HOSTY.test. It is about the message\r\n"
	    "that you sent and that arrived here on Tue, 24 Nov 2026 03:58:27 "
	    "+0000.\r\n"
	    "\r\n"
	    "It could not be delivered to the following recipients, and will "
	    "not be\r\n"
	    "tried again:\r\n"
	    "\r\n"
	    "  <SAM@HOSTZ.test>\r\n"
	    "      HOSTZ.test said:\r\n"
	    "      550 5.1.1 No such user\r\n"
	    "\r\n"
	    "It could not be delivered to the following recipients yet. You "
	    "need not\r\n"
	    "do anything, it will be tried again:\r\n"
	    "\r\n"
	    "  <smith@lab.test>\r\n"
	    "      mailbox is full\r\n"
	    "      It will be tried until Sun, 29 Nov 2026 03:58:27 +0000.\r\n"
	    "\r\n"
	    "Below, the same follows for programs, and the header of your "
	    "message.\r\n"
	    "\r\n"
	    "--=_06CK0V4Q8R2M2.0\r\n"
	    "Content-Type: message/delivery-status\r\n"
	    "\r\n"
	    "Reporting-MTA: dns; HOSTY.test\r\n"
	    "Arrival-Date: Tue, 24 Nov 2026 03:58:27 +0000\r\n"
	    "\r\n"
	    "Final-Recipient: rfc822; SAM@HOSTZ.test\r\n"
	    "Action: failed\r\n"
	    "Status: 5.1.1\r\n"
	    "Remote-MTA: dns; HOSTZ.test\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n"
	    "Last-Attempt-Date: Tue, 24 Nov 2026 03:59:02 +0000\r\n"
	    "\r\n"
	    "Final-Recipient: rfc822; smith@lab.test\r\n"
	    "Action: delayed\r\n"
	    "Status: 4.2.2\r\n"
	    "Diagnostic-Code: x-verbena; mailbox is full\r\n"
	    "Last-Attempt-Date: Tue, 24 Nov 2026 03:59:02 +0000\r\n"
	    "Will-Retry-Until: Sun, 29 Nov 2026 03:58:27 +0000\r\n"
	    "\r\n"
	    "--=_06CK0V4Q8R2M2.0\r\n"
	    "Content-Type: text/rfc822-headers\r\n"
	    "\r\n"
	    "Received: from a.test\r\n"
	    "\tby mx.test\r\n"
	    "Subject: hello\r\n"
	    "\r\n"
	    "--=_06CK0V4Q8R2M2.0--\r\n";
	const struct bounce_failure both[] = { late, lost };
	const struct bounce_failure turned[] = { lost, late };
	struct bounce b = about(turned, 2);
	char *text = text_of(&b);

	(void)state;
	assert_string_equal(text, expected);
	free(text);
	b.failures = both;
	assert_says(&b, "Subject: Your message could not be delivered\r\n");
}

static void
warns_that_a_message_is_late(void **state)
{
	struct bounce b = about(&late, 1);

	(void)state;
	assert_says(&b, "Subject: Your message is late\r\n");
	assert_says_not(&b, "not be\r\ntried again");
	assert_says_not(&b, "Action: failed");
}

/* RFC 821, example 7. */
static void
says_it_as_in_1982(void **state)
{
	static const char expected[] =
	    "Date: 24 NOV 2026 03:59:03 UT\r\n"
	    "From: SMTP@HOSTY.test\r\n"
	    "To: JOE@HOSTW.test\r\n"
	    "Subject: Mail System Problem\r\n"
	    "\r\n"
	    "  Sorry JOE, your message to SAM@HOSTZ.test lost.\r\n"
	    "  HOSTZ.test said this:\r\n"
	    "   \"550 5.1.1 No such user\"\r\n"
	    "  Patience JOE, your message to smith@lab.test is late.\r\n"
	    "  HOSTY.test said this:\r\n"
	    "   \"mailbox is full\"\r\n";
	const struct bounce_failure both[] = { lost, late };
	struct bounce b = about(both, 2);
	char *text;

	(void)state;
	b.profile = PROFILE_RFC821;
	text = text_of(&b);
	assert_string_equal(text, expected);
	free(text);
}

static void
tells_nobody_of_a_message_from_nobody(void **state)
{
	struct envelope e = joes;

	(void)state;
	assert_true(bounce_is_due(&e));
	e.reverse_path = VB_STR("");
	assert_false(bounce_is_due(&e));
}

static void
says_only_what_is_known(void **state)
{
	struct bounce_failure bare = { .recipient = &sam };
	struct bounce b = about(&bare, 1);
	struct envelope e = joes;

	(void)state;
	e.arrived = 0;
	b.envelope = &e;
	b.original = VB_STR("");
	assert_says(&b, "      no reason was given\r\n");
	assert_says(&b, "Status: 5.0.0\r\n\r\n--");
	assert_says_not(&b, "Diagnostic-Code");
	assert_says_not(&b, "Arrival-Date");
	assert_says_not(&b, "rfc822-headers");
	bare.action = BOUNCE_DELAYED;
	assert_says(&b, "Status: 4.0.0\r\n\r\n--");
	bare.status = VB_STR("4.4.1");
	assert_says(&b, "      4.4.1\r\n");
}

static void
writes_a_status_only_if_it_is_one(void **state)
{
	static const char *const good[] = { "5.1.1", "4.999.999", "2.0.0" };
	static const char *const bad[] = { "5", "5.1", "5.1.", "3.1.1",
		"5.1.1 ", "5.1.1.1", "5.1111.1", "55.1.1", "5..1", ".1.1",
		"5.1.1\r\nX: y", "550" };
	struct bounce_failure f = lost;
	struct bounce b = about(&f, 1);
	char line[40];

	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		f.status = vb_str(good[i]);
		snprintf(line, sizeof(line), "Status: %s\r\n", good[i]);
		assert_says(&b, line);
	}
	for (size_t i = 0; i < N(bad); i++) {
		f.status = vb_str(bad[i]);
		assert_says(&b, "Status: 5.0.0\r\n");
	}
}

static void
what_others_say_makes_no_line(void **state)
{
	struct bounce_failure f = lost;
	struct bounce b = about(&f, 1);

	(void)state;
	f.text = VB_STR("550-no\r\n\r\n--=_06CK0V4Q8R2M2.0\r\n550 \0\x1b[2J "
			"j\xc3\xb6rg\n.\r\nX: y");
	f.remote = VB_STR("mx\r\nX: y\xff");
	assert_says(&b, "Remote-MTA: dns; mx??X: y?\r\n");
	assert_says(&b,
	    "Diagnostic-Code: smtp; 550-no --=_06CK0V4Q8R2M2.0 550 ??[2J "
	    "j??rg . X: y\r\n");
	assert_says_not(&b, "\nX:");
	b.profile = PROFILE_RFC821;
	assert_says(&b,
	    "\n   \"550-no --=_06CK0V4Q8R2M2.0 550 ??[2J j??rg . X: "
	    "y\"\r\n");
}

static void
folds_a_long_text_at_its_words(void **state)
{
	struct bounce_failure f = lost;
	struct bounce b = about(&f, 1);

	(void)state;
	f.text = VB_STR("550 5.7.1 The recipient does not want mail from you, "
			"and says so at some length; see the page about it");
	assert_says(&b,
	    "      550 5.7.1 The recipient does not want mail from you, and says "
	    "so\r\n      at some length; see the page about it\r\n");
	assert_says(&b,
	    "Diagnostic-Code: smtp; 550 5.7.1 The recipient does not want mail "
	    "from\r\n you, and says so at some length; see the page about it\r\n");
}

static void
breaks_words_that_are_too_long_for_a_line(void **state)
{
	char *word = malloc(5000);
	struct recipient to = sam;
	struct envelope e = joes;
	struct bounce_failure f = lost;
	struct bounce b = about(&f, 1);

	(void)state;
	assert_non_null(word);
	memset(word, 'a', 5000);
	f.text = f.remote = to.mailbox = e.reverse_path = (struct vb_str){ word,
		5000 };
	f.recipient = &to;
	b.envelope = &e;
	assert_says(&b, "To: undisclosed-recipients:;\r\n");
	b.profile = PROFILE_RFC821;
	assert_says(&b, "To: undisclosed-recipients:;\r\n");
	free(word);
}

static void
gives_back_the_header_only(void **state)
{
	static const struct {
		const char *original, *part;
	} cases[] = {
		{ "A: b\r\n\r\nC: d\r\n", "\r\n\r\nA: b\r\n\r\n--" },
		{ "A: b\r\n c\r\n\td\r\n\r\n",
		    "\r\n\r\nA: b\r\n c\r\n\td\r\n\r\n--" },
		{ "A: b\r\nC: d", "\r\n\r\nA: b\r\n\r\n--" },
		{ "A: b\r\nhello: there\r\nyou\r\nC: d\r\n",
		    "\r\n\r\nA: b\r\nhello: there\r\n\r\n--" },
		{ "A: b\r\nno field: x\r\n", "\r\n\r\nA: b\r\n\r\n--" },
		{ "A: b\nC: d\n\nE: f\n", "\r\n\r\nA: b\r\nC: d\r\n\r\n--" },
	};
	static const char *const none[] = { "", "\r\n", "\r\nA: b\r\n",
		"hello\r\n", "A: b", ": b\r\n" };
	struct bounce b = about(&lost, 1);

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		b.original = vb_str(cases[i].original);
		assert_says(&b, "Content-Type: text/rfc822-headers\r\n\r\n");
		assert_says(&b, cases[i].part);
	}
	for (size_t i = 0; i < N(none); i++) {
		b.original = vb_str(none[i]);
		assert_says_not(&b, "rfc822-headers");
	}
}

static void
gives_back_the_first_16_kilobytes_of_a_header(void **state)
{
	struct buffer original = { 0 };
	struct bounce b = about(&lost, 1);

	(void)state;
	for (int i = 0; i < 2000; i++)
		buffer_printf(&original, "X-%04d: 34567890\r\n", i);
	b.original = buffer_str(&original);
	assert_says(&b, "X-0909: 34567890\r\n\r\n--");
	assert_says_not(&b, "X-0910");
	buffer_finish(&original);
}

static void
quotes_a_header_that_not_all_would_take(void **state)
{
	static const struct {
		struct vb_str original;
		const char *part;
	} cases[] = {
		{ { "Subject: gr\xc3\xbc\xdf=\r\n", 18 },
		    "\nSubject: gr=C3=BC=DF=3D\r\n\r\n--" },
		{ { "A: \0\r\n", 6 }, "\nA: =00\r\n\r\n--" },
		{ { "A: b\rc \r\n", 9 }, "\nA: b=0Dc=20\r\n\r\n--" },
		{ { "A: \xff  \r\nB:\t\r\n", 13 },
		    "\nA: =FF =20\r\nB:=09\r\n\r\n--" },
	};
	struct bounce b = about(&lost, 1);

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		b.original = cases[i].original;
		assert_says(
		    &b, "Content-Transfer-Encoding: quoted-printable\r\n");
		assert_says(&b, cases[i].part);
	}
}

static void
quotes_long_lines_softly(void **state)
{
	struct buffer original = { 0 };
	struct bounce b = about(&lost, 1);
	char *text, *line;

	(void)state;
	buffer_printf(&original, "A: %0990d\r\n", 0);
	b.original = buffer_str(&original);
	assert_says_not(&b, "quoted-printable");
	original.n = 0;
	buffer_printf(&original, "A: %0999d\xfc\r\n", 0);
	b.original = buffer_str(&original);
	text = text_of(&b);
	line = strstr(text, "\nA: ");
	assert_non_null(line);
	for (line++; *line != '\r'; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\r") <= 76);
	buffer_finish(&original);
	free(text);
}

static void
the_boundary_is_in_no_part(void **state)
{
	struct bounce_failure f = lost;
	struct bounce b = about(&f, 1);

	(void)state;
	f.text = VB_STR("=_06CK0V4Q8R2M2.0 =_06CK0V4Q8R2M2.2");
	b.original = VB_STR("A: =_06CK0V4Q8R2M2.1\r\n");
	assert_says(&b, "boundary=\"=_06CK0V4Q8R2M2.3\"\r\n");
	assert_says(&b, "\r\n--=_06CK0V4Q8R2M2.3--\r\n");
}

/* Whatever is said, and by whom. */
static void
any_octets_make_a_message_that_fits_anywhere(void **state)
{
	char junk[600];
	struct vb_str all = { junk, sizeof(junk) };
	struct recipient to = { .mailbox = all };
	struct envelope e = { .reverse_path = all };
	struct bounce_failure f = { &to, BOUNCE_DELAYED, all, all, all, -1,
		INT64_MAX };
	struct bounce b = about(&f, 1);
	uint32_t random = 1;

	(void)state;
	b.envelope = &e;
	b.original = all;
	for (int i = 0; i < 2000; i++) {
		for (size_t n = 0; n < sizeof(junk); n++) {
			random = random * 1664525 + 1013904223;
			junk[n] = (char)(random >> 24);
			if (random >> 16 & 1)
				junk[n] = "A: \r\n-=\t"[random >> 24 & 7];
		}
		memcpy(junk, "A:", 2);
		b.profile = i % 2 == 0 ? PROFILE_RFC5321 : PROFILE_RFC821;
		free(text_of(&b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_people_and_programs),
		cmocka_unit_test(warns_that_a_message_is_late),
		cmocka_unit_test(says_it_as_in_1982),
		cmocka_unit_test(tells_nobody_of_a_message_from_nobody),
		cmocka_unit_test(says_only_what_is_known),
		cmocka_unit_test(writes_a_status_only_if_it_is_one),
		cmocka_unit_test(what_others_say_makes_no_line),
		cmocka_unit_test(folds_a_long_text_at_its_words),
		cmocka_unit_test(breaks_words_that_are_too_long_for_a_line),
		cmocka_unit_test(gives_back_the_header_only),
		cmocka_unit_test(gives_back_the_first_16_kilobytes_of_a_header),
		cmocka_unit_test(quotes_a_header_that_not_all_would_take),
		cmocka_unit_test(quotes_long_lines_softly),
		cmocka_unit_test(the_boundary_is_in_no_part),
		cmocka_unit_test(any_octets_make_a_message_that_fits_anywhere),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("bounce", tests, NULL, NULL);
}
