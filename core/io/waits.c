/* Waiting for one of several descriptors. */
#include "core/io/waits.h"

#include <stdint.h>
#include <sys/epoll.h>

bool
waits_open(struct waits *w)
{
	w->fd = epoll_create1(EPOLL_CLOEXEC);
	return w->fd >= 0;
}

bool
waits_add(struct waits *w, int fd, unsigned number, bool is_shared)
{
	struct epoll_event event = {
		.events = EPOLLIN | (is_shared ? (uint32_t)EPOLLEXCLUSIVE : 0),
		.data.u32 = number,
	};

	return epoll_ctl(w->fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

int
waits_next(const struct waits *w)
{
	struct epoll_event event;

	return epoll_wait(w->fd, &event, 1, -1) == 1 ? (int)event.data.u32 : -1;
}
