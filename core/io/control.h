#ifndef CORE_IO_CONTROL_H
#define CORE_IO_CONTROL_H

#include <stdbool.h>

#include <verbena/attr.h>
#include <verbena/str.h>

/*
 * The control socket, run_dir/control: how the command line speaks to a server
 * that runs. It is for root, or for whoever started the server, alone.
 *
 * The client sends one packet: the words of its command, packed (pack.h). The
 * server answers with packets of text, whose first octet says what they are,
 * and at last with one whose second octet is the exit code. A connection that
 * ends before that was not answered.
 */
enum answer {
	ANSWER_OUT = 'o',   /* for standard output */
	ANSWER_ERROR = 'e', /* for standard error */
	ANSWER_END = 'x',
};

/* A server has its run_dir alone, by a lock that dies with it. */
struct control_socket {
	int lock, fd;
};

/* False and errno: EADDRINUSE when another server has that run_dir. What a
   server that is gone has left there is replaced. */
VB_MUST_USE bool control_open(const char *run_dir, struct control_socket *c);

/* Nobody can connect any more, and nothing is left in the directory. */
void control_close(const char *run_dir, struct control_socket *c);

/* The next connection; does not block. -1 and errno. */
int control_accept(const struct control_socket *c);

/* A client's connection, which blocks. -1 and errno: ENOENT or ECONNREFUSED
   when no server runs there. */
int control_connect(const char *run_dir);

/* Sends text. What a client does not take is not kept for it. */
void control_say(int fd, enum answer what, struct vb_str text);

/* Sends the exit code, and closes the connection. */
void control_end(int fd, int code);

#endif
