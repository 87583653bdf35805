/*
 * Plays transcripts against a live server, each as one test.
 *
 *	run BUILD [FILE...]
 *
 * BUILD is where `verbena` and its modules were built. Without files all of
 * tests/dialogue are played.
 */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "tests/dialogue/files.h"
#include "tests/dialogue/play.h"
#include "tests/dialogue/server.h"

static struct server server;

static void
finish(bool passed, struct buffer *told)
{
	if (!passed)
		print_error("%.*s\n", VB_FMT(buffer_str(told)));
	buffer_finish(told);
	if (!passed)
		fail();
}

static void
plays(void **state)
{
	struct buffer told = { 0 };
	bool passed;

	mailboxes_empty(server.directory);
	passed = play(&server, *state, &told);
	finish(passed, &told);
}

static void
stops_on_SIGTERM_with_status_0(void **state)
{
	struct buffer told = { 0 };
	bool passed = server_stop(&server, &told);

	(void)state;
	finish(passed, &told);
}

static const char *
last_part(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash == NULL ? file : slash + 1;
}

/* The last one stops the server and looks whether it did well. */
static size_t
make_tests(struct CMUnitTest *tests, char **files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ last_part(files[i]), plays,
			NULL, NULL, files[i] };
	tests[n] = (struct CMUnitTest){ "stops_on_SIGTERM_with_status_0",
		stops_on_SIGTERM_with_status_0, NULL, NULL, NULL };
	return n + 1;
}

/* cmocka_run_group_tests_name() wants an array; this one has no fixed size. */
static int
run_all(char **files, size_t n)
{
	struct CMUnitTest *tests = must_alloc((n + 1) * sizeof(*tests));
	size_t all = make_tests(tests, files, n);
	int failed = _cmocka_run_group_tests(
	    "dialogue", tests, all, NULL, NULL);

	free(tests);
	return failed;
}

int
main(int argc, char **argv)
{
	struct buffer told = { 0 };
	glob_t found = { 0 };
	int failed = 1;

	if (argc < 2) {
		fprintf(stderr, "usage: run BUILD [FILE...]\n");
		return 2;
	}
	if (server_start(&server, argv[1], "tests/dialogue/site.conf", &told)) {
		glob("tests/dialogue/*.smtp", 0, NULL, &found);
		failed = argc > 2 ? run_all(argv + 2, (size_t)argc - 2)
		                  : run_all(found.gl_pathv, found.gl_pathc);
		globfree(&found);
	} else {
		fprintf(stderr, "%.*s\n", VB_FMT(buffer_str(&told)));
	}
	buffer_finish(&told);
	server_finish(&server);
	return failed;
}
