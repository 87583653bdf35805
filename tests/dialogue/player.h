#ifndef TESTS_DIALOGUE_PLAYER_H
#define TESTS_DIALOGUE_PLAYER_H

#include <stdbool.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "tests/dialogue/hosts.h"
#include "tests/dialogue/server.h"
#include "tests/dialogue/terminal.h"
#include "tests/dialogue/wire.h"

/* A transcript being played. */
struct player {
	const struct server *server;      /* of the lines that follow */
	struct wire *wire;                /* to it */
	struct buffer port;               /* of it, by name */
	const char *profile;              /* see play() */
	const struct server *main_server; /* of all transcripts */
	struct wire main;                 /* to it */
	struct hosts hosts;
	struct terminal terminal;
	struct buffer *said;
	struct buffer *told;
};

/*
 * What lines have done, with the text after their first word. False, and why in
 * p->told, when it cannot be done or is not as the line has it.
 */
bool talk_connect(struct player *p, struct vb_str text);
bool talk_say(struct player *p, struct vb_str text);
bool talk_say_many(struct player *p, struct vb_str text);
bool talk_say_raw(struct player *p, struct vb_str text);
bool talk_fill(struct player *p, struct vb_str text);
bool talk_chop(struct player *p, struct vb_str text);
bool talk_rest(struct player *p, struct vb_str text);
bool talk_expect(struct player *p, struct vb_str pattern);
bool talk_expect_many(struct player *p, struct vb_str text);
bool talk_expect_end(struct player *p, struct vb_str text);

/* Has a server said more than was read? Tells of it. */
bool talk_is_over(struct wire *wire, struct buffer *told);

#endif
