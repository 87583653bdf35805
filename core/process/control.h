#ifndef CORE_PROCESS_CONTROL_H
#define CORE_PROCESS_CONTROL_H

#include <stdbool.h>
#include <uv.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/io/control.h"

/*
 * What the master is asked through the control socket: to stop, how it is, or
 * something about the queue. That it hands to the queue's process, with the
 * connection, and has no more to do with it.
 */
struct control_host {
	void (*stop)(bool now);
	void (*describe)(struct buffer *to); /* a few lines */

	/* Gives words and connection to the queue; false and errno when it is
	   not at work. The descriptor stays the caller's to close. */
	bool (*hand_over)(struct vb_str words, int fd);
};

void control_serve(uv_loop_t *loop, const struct control_socket *socket,
    const struct control_host *host);

/* The server has stopped: who asked for it is told. */
void control_stopped(void);

#endif
