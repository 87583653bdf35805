#ifndef TESTS_DIALOGUE_TERMINAL_H
#define TESTS_DIALOGUE_TERMINAL_H

#include <stdbool.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "tests/dialogue/server.h"

/*
 * A virtual terminal of the server's (modules/vtty.c), and what it was shown.
 * Begin with .fd at -1.
 */
struct terminal {
	int fd;
	struct buffer shown;
};

/*
 * Does what the rest of a @terminal line says: "attach crispin", "detach",
 * "contains text", which waits up to five seconds, "lacks text". False, and why
 * in `told`, when that was not possible or is not so.
 */
bool terminal_do(struct terminal *t, const struct server *server,
    struct vb_str rest, struct buffer *told);

void terminal_finish(struct terminal *t);

#endif
