#ifndef CORE_BASE_PROBLEMS_H
#define CORE_BASE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <verbena/attr.h>

/*
 * What is wrong with a configuration or a module, all of it: each a sentence
 * with the file and line it is about. One that says the same of the same place
 * is kept once.
 */
struct problem {
	char *file; /* NULL when it is about no file */
	int line;   /* 0 when it is about the whole file */
	char *text;
};

struct problems {
	struct problem *items;
	size_t n;
};

void problems_finish(struct problems *p);
void problems_add(struct problems *p, const char *file, int line,
    const char *fmt, ...) VB_PRINTF(4, 5);

/* One line each, "file:line: text", in the order they were found. */
void problems_print(const struct problems *p, FILE *to);

#endif
