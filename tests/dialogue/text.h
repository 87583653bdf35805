#ifndef TESTS_DIALOGUE_TEXT_H
#define TESTS_DIALOGUE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/* The small language of transcripts. */

/* Does the text fit the pattern, in which * stands for anything? */
bool text_matches(struct vb_str pattern, struct vb_str text);

/* Adds octets written with \r \n \t \0 \\ \xHH. */
void text_unescape(struct vb_str text, struct buffer *to);

/* Takes the next word, or number, and the spaces after it off the text. */
struct vb_str text_word(struct vb_str *text);
size_t text_number(struct vb_str *text);

/* Takes the next line off the text; false at the end. */
bool text_line(struct vb_str *text, struct vb_str *line);

/* Has the transcript a line @profiles that names this one? */
bool text_has_profile(struct vb_str script, struct vb_str profile);

#endif
