/* What the measuring programs share: the clock, and numbers in arguments. */
#ifndef TESTS_BENCH_TOOL_H
#define TESTS_BENCH_TOOL_H

#include <err.h>
#include <stdlib.h>
#include <time.h>

/* Seconds of a clock that nobody sets. */
static inline double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A number from 1 to `most`; anything else ends the program. */
static inline unsigned long
number(const char *text, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || n < 1 || n > most)
		errx(2, "%s: want a number from 1 to %lu", text, most);
	return n;
}

#endif
