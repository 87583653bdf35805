#ifndef CORE_MODULE_UNITS_H
#define CORE_MODULE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * Sizes and times, as people write them. NULL when good, else the rest of a
 * sentence that begins with the text: "is not a size (such as ...)".
 */

/* digits [k|M|G][B], in either case: powers of 1024. */
const char *units_size(struct vb_str text, int64_t *octets);

/* Digits and a unit, w, d, h, m or s, again and again, the largest first:
   "1h30m". Only 0 may go without. */
const char *units_time(struct vb_str text, int64_t *seconds);

/* Digits, or a minus and digits: no unit at all. False when it is not so, or
   does not fit. */
bool units_number(struct vb_str text, int64_t *value);

/* The shortest way to write the value exactly: "64k", "90s", "1h". */
void units_print_size(struct buffer *b, int64_t octets);
void units_print_time(struct buffer *b, int64_t seconds);

#endif
