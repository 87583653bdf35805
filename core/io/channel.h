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
 *
 * It has memory of its own, and may change hands: what it brings, it brings to
 * the user it has then.
 */
struct channel;

struct channel_user {
	/* A connection that was asked for is there. */
	void (*connected)(void *data);

	/* Octets came; only while reading is on. */
	void (*octets)(void *data, struct vb_str octets);

	/* What had to wait has been sent. */
	void (*sent)(void *data);

	/* The other side is gone, or has ended, or could not be reached;
	   nothing comes of this channel any more. It is being closed. The error
	   is one of libuv's. */
	void (*gone)(void *data, int error);

	/* Closed, and no more. Always the last, exactly once. */
	void (*closed)(void *data);
};

/* Takes a connection off a listener, for channel_give(). NULL: there is none.
 */
struct channel *channel_accept(uv_stream_t *listener, bool is_unix);

/* Connects to an internet address, from one of the same family if `from` is
   not NULL; for channel_give(). NULL: that cannot be, as *error says. */
struct channel *channel_connect(uv_loop_t *loop,
    const struct sockaddr_storage *to, const struct sockaddr_storage *from,
    int *error);

/*
 * From now on it has this user. The one before hears nothing more of it, not
 * even that it is closed. Octets that were not read yet go to the new one; give
 * it only when all has been sent, or what is unsent is nobody's any more.
 */
void channel_give(
    struct channel *c, const struct channel_user *user, void *data);

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

/* The same, and its user hears nothing more. */
void channel_drop(struct channel *c);

/* The addresses of both ends; zeroed for what is no internet socket. */
void channel_ends(const struct channel *c, struct sockaddr_storage *theirs,
    struct sockaddr_storage *ours);

#endif
