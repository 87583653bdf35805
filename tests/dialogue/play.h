#ifndef TESTS_DIALOGUE_PLAY_H
#define TESTS_DIALOGUE_PLAY_H

#include <stdbool.h>

#include "core/base/buffer.h"
#include "tests/dialogue/server.h"

/*
 * Plays a transcript in a profile, "rfc821" or "rfc5321", or, with NULL, in
 * that of its site. False when the server says another thing than it should:
 * `told` then has the line, what was expected, what came, and all that was
 * said. See tests/README.md for what may stand in a transcript.
 */
bool play(const struct server *server, const char *file, const char *profile,
    struct buffer *told);

#endif
