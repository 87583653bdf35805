#ifndef CORE_IO_CHANNEL_H
#define CORE_IO_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * A connected stream, TCP or unix: octets in while they are wanted, octets out,
 * and an end that does not lose the last of them.
 */
struct channel_user {
	/* A connection that was asked for is there. */
	void (*connected)(void *data);

	/* Octets came; only while reading is on. */
	void (*octets)(void *data, struct vb_str octets);

	/* What had to wait has been sent. */
	void (*sent)(void *data);

	/* The other side is gone, or has ended, or could not be reached;
	   nothing comes of this channel any more. It is being closed. .error
	   says why. */
	void (*gone)(void *data);

	/* Closed: its memory may go. Always the last, exactly once. */
	void (*closed)(void *data);
};

struct channel {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} in;
	uv_timer_t linger;
	uv_shutdown_t shutdown;
	uv_write_t write;
	uv_connect_t connect;
	struct buffer sending; /* while is_sending */
	const struct channel_user *user;
	void *data;
	int open_handles;
	int error; /* of libuv: why the other side is gone */
	bool is_reading, is_sending, is_ending, is_closing, is_eof;
};

/* Takes a connection off a listener. False: there is none, and the channel
   closes. */
bool channel_accept(struct channel *c, uv_stream_t *listener, bool is_unix,
    const struct channel_user *user);

/* Connects to an internet address, from one of the same family if `from` is
   not NULL. False: that cannot be, as .error says, and the channel closes. */
bool channel_connect(struct channel *c, uv_loop_t *loop,
    const struct sockaddr_storage *to, const struct sockaddr_storage *from,
    const struct channel_user *user);

void channel_read(struct channel *c, bool on);

/*
 * Sends; takes what it can at once from the buffer and the rest with it. While
 * an earlier rest is being sent, nothing is taken. False: the other side is
 * gone (and user->gone has been called).
 */
bool channel_send(struct channel *c, struct buffer *output);

/* Octets that could not be sent yet. */
size_t channel_unsent(const struct channel *c);

/*
 * Everything has been sent: ends the sending side, throws away for a while what
 * still comes, and closes. Closing at once would make the kernel reset the
 * connection, and the other side might never see our last words.
 */
void channel_end(struct channel *c);

/* Closes at once. */
void channel_close(struct channel *c);

/* The addresses of both ends; zeroed for what is no internet socket. */
void channel_ends(const struct channel *c, struct sockaddr_storage *theirs,
    struct sockaddr_storage *ours);

#endif
