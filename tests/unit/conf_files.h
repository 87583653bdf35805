#ifndef TESTS_UNIT_CONF_FILES_H
#define TESTS_UNIT_CONF_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/problems.h"

/*
 * Files for a test: a group's setup makes a directory and goes into it, so that
 * names, and what is told of them, are short. Its teardown removes it.
 */
static inline int
enter_new_directory(void **state)
{
	char *name = strdup("/tmp/conf-files-XXXXXX");

	*state = name;
	return name != NULL && mkdtemp(name) != NULL && chdir(name) == 0 ? 0
	                                                                 : -1;
}

static inline int
remove_directory(void **state)
{
	char command[64];
	int status;

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	status = chdir("/") == 0 ? system(command) : -1;
	free(*state);
	return status;
}

static inline void
write_bytes(const char *name, const char *bytes, size_t n)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline void
write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

/* The problems as printed, and gone. */
static inline void
assert_problems(struct problems *problems, const char *expected)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	problems_print(problems, f);
	fclose(f);
	assert_string_equal(text, expected);
	free(text);
	problems_finish(problems);
}

#endif
