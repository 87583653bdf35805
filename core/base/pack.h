#ifndef CORE_BASE_PACK_H
#define CORE_BASE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * Values as bytes, for messages between our own processes: numbers as eight
 * octets, strings with their length before them, nothing newline-joined.
 */
void pack_number(struct buffer *b, uint64_t value);
void pack_str(struct buffer *b, struct vb_str text);

/*
 * Reading back. The first thing that does not fit sets `bad` and everything
 * after it reads as 0 or empty: check once, at the end. Strings point into what
 * is read.
 */
struct unpack {
	const char *p;
	size_t n;
	bool bad;
};

uint64_t unpack_number(struct unpack *u);
struct vb_str unpack_str(struct unpack *u);

/* True when everything fitted and nothing is left. */
bool unpack_is_done(const struct unpack *u);

#endif
