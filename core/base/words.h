#ifndef CORE_BASE_WORDS_H
#define CORE_BASE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"

/*
 * Any octets as words of a line that people read: words are parted by one
 * space. Octets that are no printable ASCII, the space and '%' are written %HH,
 * with capital digits. The empty word is written "-", and the word "-" %2D.
 */
void words_add(struct buffer *to, struct vb_str word);

/* The same as the rest of a line: spaces stay, empty is nothing. */
void words_add_rest(struct buffer *to, struct vb_str text);

/* Takes the next word off a line, with the space behind it, as it is written.
   Empty when there is none, or when two spaces stand together. */
struct vb_str words_take(struct vb_str *line);

/* What a word, or a rest, was before it was written; in the arena. False when
   it was never written so. */
bool words_read(struct arena *arena, struct vb_str word, struct vb_str *plain);
bool words_read_rest(
    struct arena *arena, struct vb_str text, struct vb_str *plain);

/* A number in decimal digits, leading zeros allowed. False when the word is
   none, or larger than `most`. */
bool words_read_number(struct vb_str word, uint64_t most, uint64_t *value);

#endif
