/*
 * Plays transcripts against a live server, each as one test.
 *
 *	run BUILD [FILE...]
 *
 * BUILD is where `verbena` and its modules were built. Without files all of
 * tests/dialogue are played.
 */
#include <fcntl.h>
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
#include "tests/dialogue/codes.h"
#include "tests/dialogue/files.h"
#include "tests/dialogue/play.h"
#include "tests/dialogue/server.h"
#include "tests/dialogue/text.h"

/* One playing of a transcript. */
struct playing {
	const char *file;
	const char *profile; /* NULL: its site's */
	char *name;
};

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
	const struct playing *is = *state;
	struct buffer told = { 0 };
	bool passed;

	mailboxes_empty(server.directory);
	passed = play(&server, is->file, is->profile, &told);
	finish(passed, &told);
}

static void
every_reply_code_of_RFC_821_is_said_in_a_transcript(void **state)
{
	struct buffer told = { 0 };
	bool passed = codes_are_all_there(&told);

	(void)state;
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

static void
add_playing(struct playing *to, const char *file, const char *profile)
{
	struct buffer name = { 0 };

	buffer_printf(&name, "%s%s%s", last_part(file),
	    profile == NULL ? "" : ", ", profile == NULL ? "" : profile);
	buffer_add(&name, "", 1);
	*to = (struct playing){ file, profile, name.p };
}

/* Adds one for each profile that it names, or one for its site's. */
static size_t
add_playings(struct playing *to, const char *file)
{
	static const char *const profiles[] = { "rfc821", "rfc5321" };
	struct buffer script = { 0 };
	size_t n = 0;

	files_read(AT_FDCWD, file, &script);
	for (size_t i = 0; i < 2; i++)
		if (text_has_profile(buffer_str(&script), vb_str(profiles[i])))
			add_playing(&to[n++], file, profiles[i]);
	if (n == 0)
		add_playing(&to[n++], file, NULL);
	buffer_finish(&script);
	return n;
}

/* The last one stops the server and looks whether it did well. */
static size_t
make_tests(struct CMUnitTest *tests, struct playing *playings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ playings[i].name, plays, NULL,
			NULL, &playings[i] };
	tests[n] = (struct CMUnitTest)cmocka_unit_test(
	    every_reply_code_of_RFC_821_is_said_in_a_transcript);
	tests[n + 1] = (struct CMUnitTest)cmocka_unit_test(
	    stops_on_SIGTERM_with_status_0);
	return n + 2;
}

/* cmocka_run_group_tests_name() wants an array; this one has no fixed size. */
static int
run_all(char **files, size_t n)
{
	struct playing *playings = must_alloc(2 * n * sizeof(*playings));
	struct CMUnitTest *tests;
	size_t all = 0;
	int failed;

	for (size_t i = 0; i < n; i++)
		all += add_playings(&playings[all], files[i]);
	tests = must_alloc((all + 2) * sizeof(*tests));
	failed = _cmocka_run_group_tests(
	    "dialogue", tests, make_tests(tests, playings, all), NULL, NULL);
	for (size_t i = 0; i < all; i++)
		free(playings[i].name);
	free(playings);
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
	server_init(&server, argv[1]);
	if (server_start(&server, "tests/dialogue/site.conf", NULL, &told) &&
	    server_wait(&server, &told)) {
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
