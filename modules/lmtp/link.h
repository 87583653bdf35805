/*
 * A connection to an LMTP server, on which nothing waits longer than a
 * deadline. It knows octets and replies, and no dialogue.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_LMTP_LINK_H
#define MODULES_LMTP_LINK_H

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <verbena/str.h>

#include "modules/lmtp/reply.h"

struct link {
	int fd;           /* -1 while closed */
	int64_t deadline; /* in milliseconds, see now_ms() */
	size_t at, n;     /* octets of .in that are read, and there */
	char in[4096];
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->at = l->n = 0;
}

/* What of `events` has come; 0 and ETIMEDOUT when it is too late. */
static int
await(const struct link *l, short events)
{
	struct pollfd wait = { .fd = l->fd, .events = events };
	int64_t left;
	int n;

	do {
		left = l->deadline - now_ms();
		n = poll(&wait, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? wait.revents : 0;
}

/* Without waiting: has it said something, or gone? */
static bool
has_spoken(const struct link *l)
{
	struct pollfd look = { .fd = l->fd, .events = POLLIN };

	return l->at < l->n || poll(&look, 1, 0) != 0;
}

static bool
try_address(struct link *l, const struct sockaddr *address, socklen_t size)
{
	int error = 0;
	socklen_t n = sizeof(error);

	l->fd = socket(
	    address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return false;
	if (connect(l->fd, address, size) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		error = ETIMEDOUT;
		if (await(l, POLLOUT) != 0)
			getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	}
	if (error != 0)
		link_close(l);
	errno = error;
	return error == 0;
}

static bool
open_unix(struct link *l, struct vb_str path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (path.n == 0 || path.n >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address.sun_path, path.p, path.n);
	return try_address(
	    l, (const struct sockaddr *)&address, sizeof(address));
}

/* "127.0.0.1:24", "[::1]:24", "mail.example.org:24", taken apart. */
static bool
split_host(struct vb_str to, char host[256], char port[8])
{
	struct vb_str name = to;
	size_t n = to.n;

	while (n > 0 && to.p[n - 1] != ':')
		n--;
	if (n < 2 || to.n - n == 0 || to.n - n >= 8)
		return false;
	snprintf(port, 8, "%.*s", (int)(to.n - n), to.p + n);
	name.n = n - 1;
	if (name.p[0] == '[') {
		if (name.n < 3 || name.p[name.n - 1] != ']')
			return false;
		name.p++;
		name.n -= 2;
	}
	return (size_t)snprintf(host, 256, "%.*s", VB_FMT(name)) < 256 &&
	       strspn(port, "0123456789") == strlen(port);
}

static bool
open_host(struct link *l, struct vb_str to)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char host[256], port[8];
	bool ok = false;

	errno = EINVAL;
	if (!split_host(to, host, port))
		return false;
	if (getaddrinfo(host, port, &hints, &found) != 0) {
		errno = EHOSTUNREACH;
		return false;
	}
	for (struct addrinfo *a = found; a != NULL && !ok; a = a->ai_next)
		ok = try_address(l, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(found);
	return ok;
}

static bool
is_unix(struct vb_str to)
{
	return to.n >= 5 && memcmp(to.p, "unix:", 5) == 0;
}

/* A check of an option (option.h). */
static const char *
link_judge(const void *field)
{
	const struct vb_str *to = field;
	char host[256], port[8];

	if (is_unix(*to) ? to->n > 5 : split_host(*to, host, port))
		return NULL;
	return "want \"unix:/path\" or \"host:port\"";
}

/* False and errno when there is no connection. */
static bool
link_open(struct link *l, struct vb_str to)
{
	if (is_unix(to))
		return open_unix(l, (struct vb_str){ to.p + 5, to.n - 5 });
	return open_host(l, to);
}

/*
 * Sends all of it. Nobody speaks before we have said something: EPROTO when the
 * server does, so that no reply can be taken for that to another command. It
 * is not waited for a server that answers instead of reading.
 */
static bool
link_send(struct link *l, const char *bytes, size_t n)
{
	if (has_spoken(l)) {
		errno = EPROTO;
		return false;
	}
	while (n > 0) {
		const int events = await(l, POLLIN | POLLOUT);
		ssize_t sent;

		if (events == 0)
			return false;
		if ((events & POLLOUT) == 0) {
			errno = EPROTO;
			return false;
		}
		sent = send(l->fd, bytes, n, MSG_NOSIGNAL);
		if (sent < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (sent > 0) {
			bytes += sent;
			n -= (size_t)sent;
		}
	}
	return true;
}

static bool
fill(struct link *l)
{
	ssize_t n;

	do {
		if (await(l, POLLIN) == 0)
			return false;
		n = recv(l->fd, l->in, sizeof(l->in), 0);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n == 0)
		errno = ECONNRESET;
	if (n <= 0)
		return false;
	l->at = 0;
	l->n = (size_t)n;
	return true;
}

/* The next reply. False and errno when there is none: EBADMSG when what came is
   no reply. */
static bool
link_receive(struct link *l, struct reply *r)
{
	enum taken taken;

	*r = (struct reply){ 0 };
	do {
		if (l->at == l->n && !fill(l))
			return false;
		taken = reply_take(r, l->in[l->at++]);
	} while (taken == TAKEN_MORE);
	if (taken == TAKEN_BAD)
		errno = EBADMSG;
	return taken == TAKEN_ALL;
}

#endif
