#ifndef TESTS_DIALOGUE_SERVER_H
#define TESTS_DIALOGUE_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "tests/dialogue/ports.h"

/*
 * A live server with a directory and ports of its own. Its configuration is a
 * template in which
 *
 *	@DIR@		is the directory, with mail/ open to everyone and
 *			`aliases`, an empty file,
 *	@BUILD@		is where the server and its modules were built,
 *	@PORT name@	is a free port, the same wherever the name is the same,
 *	@NAME@		is any other word that whoever starts it has given.
 */
struct server_word {
	const char *name; /* NULL: the last */
	struct vb_str text;
};

struct server {
	char *build;
	char *directory;
	struct buffer template;
	const struct server_word *words;
	pid_t pid;
	struct ports ports;
};

/* Makes its directory. Ports may be taken from now on. */
void server_init(struct server *s, const char *build);

/*
 * Starts it. False: `told` says why, and nothing is left behind but what
 * server_finish() takes away. Words, if any, and their texts must stay as long
 * as the server.
 */
bool server_start(struct server *s, const char *template,
    const struct server_word *words, struct buffer *told);

/* Waits until every port accepts. False, and its log in `told`, when that takes
   more than ten seconds. */
bool server_wait(struct server *s, struct buffer *told);

/* Asks it to stop, with SIGTERM, if it runs. */
void server_ask_to_stop(const struct server *s);

/* Asks it, and waits. False unless it exits with 0 within ten
   seconds and its log holds no word of a sanitizer or a failed assertion. */
bool server_stop(struct server *s, struct buffer *told);

/* Removes all it left; kills it if it still runs. */
void server_finish(struct server *s);

/* The end of its log. */
void server_log(const struct server *s, struct buffer *to);

#endif
