/*
 * Writing pages to several terminals at once, all within one deadline. One that
 * took nothing in its time is stuck, stopped by ^S perhaps: for a while after
 * that it gets what it takes at once, and is not waited for.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_TERMINAL_WRITE_H
#define MODULES_TERMINAL_WRITE_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "modules/terminal/page.h"

enum { TARGETS_MOST = 32, STUCK_MOST = 32, STUCK_SECONDS = 60 };

struct target {
	int fd;           /* -1: done with */
	const char *line; /* its name */
	dev_t device;
	time_t used; /* the last time */
	struct page page;
	size_t written;
};

static struct {
	dev_t device;
	int64_t until;
} stuck[STUCK_MOST];
static size_t next_stuck;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
is_stuck(dev_t device)
{
	for (size_t i = 0; i < STUCK_MOST; i++)
		if (stuck[i].device == device && stuck[i].until > now_ms())
			return true;
	return false;
}

static void
note_stuck(dev_t device)
{
	stuck[next_stuck].device = device;
	stuck[next_stuck].until = now_ms() + STUCK_SECONDS * 1000;
	next_stuck = (next_stuck + 1) % STUCK_MOST;
}

static bool
target_is_served(const struct target *t)
{
	return t->written == t->page.n;
}

/* What the terminal takes now. */
static void
target_write(struct target *t)
{
	ssize_t n = write(
	    t->fd, t->page.text + t->written, t->page.n - t->written);
	bool is_gone = n < 0 && errno != EAGAIN;

	if (n > 0)
		t->written += (size_t)n;
	if (!is_gone && !target_is_served(t) && !is_stuck(t->device))
		return;
	close(t->fd);
	t->fd = -1;
}

/* Waits until one takes more. False: none will, or not in time. */
static bool
targets_wait(
    const struct target *all, size_t n, struct pollfd *wait, int64_t deadline)
{
	int64_t left = deadline - now_ms();
	size_t open = 0;

	for (size_t i = 0; i < n; i++) {
		wait[i] = (struct pollfd){ all[i].fd, POLLOUT, 0 };
		open += all[i].fd >= 0;
	}
	return open > 0 && left > 0 && poll(wait, (nfds_t)n, (int)left) > 0;
}

/* Until all have their page, or it is too late. Their descriptors may be
   closed then. */
static void
targets_write(struct target *all, size_t n, int64_t deadline)
{
	struct pollfd wait[TARGETS_MOST];

	for (size_t i = 0; i < n; i++)
		target_write(&all[i]);
	while (targets_wait(all, n, wait, deadline))
		for (size_t i = 0; i < n; i++)
			if (wait[i].fd >= 0 && wait[i].revents != 0)
				target_write(&all[i]);
	for (size_t i = 0; i < n; i++)
		if (all[i].fd >= 0)
			note_stuck(all[i].device);
}

#endif
