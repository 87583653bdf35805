#ifndef TESTS_DIALOGUE_CODES_H
#define TESTS_DIALOGUE_CODES_H

#include <stdbool.h>

#include "core/base/buffer.h"

/*
 * Has each reply code of RFC 821 §4.2.2 one row in tests/dialogue/reply-codes,
 * with a transcript that is played in profile rfc821 and has the code there?
 * If not, `told` says what is missing.
 */
bool codes_are_all_there(struct buffer *told);

#endif
