#ifndef TESTS_DIALOGUE_SERVER_H
#define TESTS_DIALOGUE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * A live server with a directory and ports of its own. Its configuration is a
 * template in which
 *
 *	@DIR@		is the directory, with mail/ open to everyone,
 *	@BUILD@		is where the server and its modules were built,
 *	@PORT name@	is a free port, the same wherever the name is the same.
 */
struct server_port {
	struct vb_str name; /* in the template's text */
	uint16_t number;
};

struct server {
	char *build;
	char *directory;
	char *template;
	pid_t pid;
	struct server_port ports[32];
	size_t n_ports;
};

/* Starts it and waits until every port accepts. False: `told` says why, and
   nothing is left behind but what server_finish() takes away. */
bool server_start(struct server *s, const char *build, const char *template,
    struct buffer *told);

/* Asks it to stop, with SIGTERM. False unless it exits with 0 within ten
   seconds and its log holds no word of a sanitizer or a failed assertion. */
bool server_stop(struct server *s, struct buffer *told);

/* Removes all it left; kills it if it still runs. */
void server_finish(struct server *s);

/* 0 when the template has no such port. */
uint16_t server_port(const struct server *s, struct vb_str name);

/* A new connection to a port, or -1 and errno. */
int server_connect(uint16_t port);

/* The end of its log. */
void server_log(const struct server *s, struct buffer *to);

#endif
