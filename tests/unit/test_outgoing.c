/* A message as it goes to another server: all of it, whatever pieces it is read
   in, and no more. */
#include "core/mail/outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char name[] = "/tmp/outgoing-XXXXXX";

static struct errand
errand(uint64_t at, uint64_t octets)
{
	return (struct errand){ .trace = VB_STR("On: top\r\n"),
		.file = vb_str(name + 5),
		.at = at,
		.octets = octets };
}

static void
read_all(struct outgoing *o, size_t step, const char *want)
{
	char got[100];
	size_t n = 0;
	ptrdiff_t k;

	assert_int_equal(outgoing_octets(o), strlen(want));
	while ((k = outgoing_read(o, got + n, step)) > 0)
		n += (size_t)k;
	assert_int_equal(k, 0);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(got, want, n);
}

static void
reads_what_is_on_top_and_the_message(void **state)
{
	const struct errand e = errand(3, 7);
	struct outgoing o;

	(void)state;
	for (size_t step = 1; step < 20; step++) {
		assert_true(outgoing_open(&o, &e, "/tmp"));
		read_all(&o, step, "On: top\r\nmessage");
		o.read = 0;
		read_all(&o, step, "On: top\r\nmessage");
		outgoing_close(&o);
		outgoing_close(&o);
	}
}

static void
a_file_that_is_too_short_is_an_error(void **state)
{
	const struct errand e = errand(3, 100);
	struct outgoing o;
	char got[200];
	ptrdiff_t n;

	(void)state;
	assert_true(outgoing_open(&o, &e, "/tmp"));
	while ((n = outgoing_read(&o, got, sizeof(got))) > 0)
		continue;
	assert_int_equal(n, -1);
	assert_int_equal(errno, EIO);
	outgoing_close(&o);
}

static void
a_file_that_is_not_there_is_an_error(void **state)
{
	struct errand e = errand(0, 1);
	struct outgoing o;

	(void)state;
	e.file = VB_STR("outgoing-none");
	assert_false(outgoing_open(&o, &e, "/tmp"));
	assert_int_equal(errno, ENOENT);
	outgoing_close(&o);
}

static int
make(void **state)
{
	int fd = mkstemp(name);

	(void)state;
	assert_int_equal(write(fd, "###message###", 13), 13);
	return close(fd);
}

static int
take_away(void **state)
{
	(void)state;
	return unlink(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_on_top_and_the_message),
		cmocka_unit_test(a_file_that_is_too_short_is_an_error),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests_name("outgoing", tests, make, take_away);
}
