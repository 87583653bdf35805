/* Replies of another server, whatever it sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/smtp/reply_reader.h"

/* All that is read, "250 text|..." each, "?" for garbage, after which nothing
   more is. */
static struct buffer
read_all(struct vb_str octets, size_t step)
{
	struct reply_reader r = { 0 };
	struct buffer said = { 0 };
	enum reply_taken taken = REPLY_MORE;

	for (size_t i = 0; i < octets.n && taken != REPLY_GARBAGE; i += step) {
		struct vb_str input = { octets.p + i,
			octets.n - i < step ? octets.n - i : step };

		while (input.n > 0 && taken != REPLY_GARBAGE) {
			taken = reply_take(&r, &input);
			if (taken == REPLY_WHOLE)
				buffer_printf(&said, "%d %.*s|", r.code,
				    VB_FMT(buffer_str(&r.text)));
			if (taken == REPLY_GARBAGE)
				buffer_printf(&said, "?");
		}
	}
	reply_reader_finish(&r);
	buffer_add(&said, "", 1);
	return said;
}

static void
reads_replies_however_they_are_cut(void **state)
{
	static const struct {
		const char *octets, *said;
	} cases[] = {
		{ "", "" },
		{ "250 OK\r\n", "250 OK|" },
		{ "250\r\n", "250 |" },
		{ "250 \r\n", "250 |" },
		{ "250 OK\n", "250 OK|" },
		{ "220-a\r\n220-\r\n220 c\r\n", "220 a\n\nc|" },
		{ "220-a\r\n220\r\n", "220 a\n|" },
		{ "250 a\r\n354 b\r\n", "250 a|354 b|" },
		{ "550 \tb\033[31m\xc3\xa4\r\n", "550  b?[31m??|" },
		{ "250 a\rb\r\n", "250 a?b|" },
		{ "250-a\r\n", "" },
		{ "250-a\r\n550 b\r\n", "?" },
		{ "250-a\r\n251 b\r\n", "?" },
		{ "250 a\r\nHTTP/1.1 200 OK\r\n", "250 a|?" },
		{ "150 a\r\n", "?" },
		{ "600 a\r\n", "?" },
		{ "25a b\r\n", "?" },
		{ "2500 b\r\n", "?" },
		{ "25\r\n", "?" },
		{ "\r\n", "?" },
		{ " 250 a\r\n", "?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step < 40; step++) {
			struct buffer said = read_all(
			    vb_str(cases[i].octets), step);

			assert_string_equal(said.p, cases[i].said);
			buffer_finish(&said);
		}
}

static struct buffer
many(const char *line, size_t n)
{
	struct buffer octets = { 0 };

	for (size_t i = 0; i < n; i++)
		buffer_printf(&octets, "%s", line);
	return octets;
}

static enum reply_taken
take(const struct buffer *octets, struct reply_reader *r)
{
	struct vb_str input = buffer_str(octets);
	enum reply_taken taken = reply_take(r, &input);

	assert_true(r->text.room < 20 * 1024);
	assert_true(r->line.room < 2 * 1024);
	return taken;
}

static void
keeps_little_of_long_lines_and_of_many(void **state)
{
	struct reply_reader r = { 0 };
	struct buffer octets = many("a", 60000);

	(void)state;
	memcpy(octets.p, "250 ", 4);
	buffer_printf(&octets, "\r\n");
	assert_int_equal(take(&octets, &r), REPLY_WHOLE);
	assert_int_equal(r.text.n, 512 - 4);
	buffer_finish(&octets);

	octets = many("250-SIZE 10000000\r\n", 499);
	buffer_printf(&octets, "250 OK\r\n");
	assert_int_equal(take(&octets, &r), REPLY_WHOLE);
	assert_memory_equal(r.text.p, "SIZE 10000000\nSIZE", 18);
	buffer_finish(&octets);
	reply_reader_finish(&r);
}

static void
gives_up_on_replies_without_end(void **state)
{
	struct reply_reader r = { 0 };
	struct buffer octets = many("250-\r\n", 501);

	(void)state;
	assert_int_equal(take(&octets, &r), REPLY_GARBAGE);
	reply_reader_finish(&r);
	buffer_finish(&octets);
	octets = many("2", 70000);
	assert_int_equal(take(&octets, &r), REPLY_GARBAGE);
	reply_reader_finish(&r);
	buffer_finish(&octets);
}

static void
finds_the_enhanced_status_that_fits_the_code(void **state)
{
	static const struct {
		int code;
		const char *text, *status;
	} cases[] = {
		{ 550, "5.1.1 No such user", "5.1.1" },
		{ 550, "5.1.1", "5.1.1" },
		{ 450, "4.222.333 x", "4.222.333" },
		{ 250, "2.0.0\nmore", "2.0.0" },
		{ 550, "4.1.1 No such user", "" },
		{ 550, "5.1 No", "" },
		{ 550, "5.1.1.1 No", "" },
		{ 550, "5.1.1234 No", "" },
		{ 550, "5.1.1No", "" },
		{ 550, "5..1 No", "" },
		{ 550, "No such user", "" },
		{ 550, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(vb_str_eq(
		    reply_status(cases[i].code, vb_str(cases[i].text)),
		    vb_str(cases[i].status)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_replies_however_they_are_cut),
		cmocka_unit_test(keeps_little_of_long_lines_and_of_many),
		cmocka_unit_test(gives_up_on_replies_without_end),
		cmocka_unit_test(finds_the_enhanced_status_that_fits_the_code),
	};

	return cmocka_run_group_tests_name("reply_reader", tests, NULL, NULL);
}
