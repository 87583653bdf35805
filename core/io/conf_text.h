#ifndef CORE_IO_CONF_TEXT_H
#define CORE_IO_CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/attr.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/problems.h"

/*
 * The text of a configuration with all it includes put in, and where each of
 * its lines came from. Zero-initialised is empty.
 */
struct conf_text {
	struct buffer bytes;
	struct conf_origin *origins; /* rising in .at; the first is of line 1 */
	size_t n;
	struct arena *names; /* where the names are */
};

/* From line `at` of the text on: line `line` of the file, and those below. */
struct conf_origin {
	int at, line;
	const char *file;
};

void conf_text_finish(struct conf_text *t);

/* The first origin must be of line 1, each further one of a later line. The
   name is copied. */
void conf_text_origin(struct conf_text *t, struct conf_origin origin);

/* Reads a file and what it includes. What is wrong is told. */
void conf_text_read(
    struct conf_text *t, const char *file, struct problems *problems);

/* Where a line of the text came from; line 0 is all of the first file. */
struct conf_origin conf_text_place(const struct conf_text *t, int line);

/* All that can be read from a descriptor, from its beginning if it has one.
   False and errno: EFBIG for more than a configuration may have. */
VB_MUST_USE bool conf_text_slurp(int fd, struct buffer *bytes);

#endif
