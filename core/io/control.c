/* The control socket. */
#define _GNU_SOURCE /* accept4 */
#include "core/io/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/io/packet.h"

enum { BACKLOG = 64, PIECE = 16 * 1024 };

/* False and errno when the name does not fit. */
static bool
address(const char *run_dir, struct sockaddr_un *at)
{
	int n;

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(at->sun_path, sizeof(at->sun_path), "%s/control", run_dir);
	errno = ENAMETOOLONG;
	return n > 0 && (size_t)n < sizeof(at->sun_path);
}

static int
open_socket(int flags)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
}

static bool
lock_directory(const char *run_dir, int *fd)
{
	*fd = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return false;
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	errno = errno == EWOULDBLOCK ? EADDRINUSE : errno;
	return false;
}

/* Its mode is that of the socket, from the first moment on. */
static bool
listen_there(const char *run_dir, int fd)
{
	struct sockaddr_un at;

	if (fd < 0 || !address(run_dir, &at))
		return false;
	if (unlink(at.sun_path) != 0 && errno != ENOENT)
		return false;
	return fchmod(fd, 0600) == 0 &&
	       bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	       listen(fd, BACKLOG) == 0;
}

bool
control_open(const char *run_dir, struct control_socket *c)
{
	int error;

	*c = (struct control_socket){ -1, -1 };
	if (lock_directory(run_dir, &c->lock)) {
		c->fd = open_socket(SOCK_NONBLOCK);
		if (listen_there(run_dir, c->fd))
			return true;
	}
	error = errno;
	if (c->fd >= 0)
		close(c->fd);
	if (c->lock >= 0)
		close(c->lock);
	*c = (struct control_socket){ -1, -1 };
	errno = error;
	return false;
}

void
control_close(const char *run_dir, struct control_socket *c)
{
	struct sockaddr_un at;

	if (c->fd < 0)
		return;
	if (address(run_dir, &at))
		unlink(at.sun_path);
	close(c->fd);
	close(c->lock);
	*c = (struct control_socket){ -1, -1 };
}

int
control_accept(const struct control_socket *c)
{
	return accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int
control_connect(const char *run_dir)
{
	struct sockaddr_un at;
	int fd, error;

	if (!address(run_dir, &at))
		return -1;
	fd = open_socket(0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

void
control_say(int fd, enum answer what, struct vb_str text)
{
	char octets[1 + PIECE];

	octets[0] = (char)what;
	while (text.n > 0) {
		size_t n = text.n < PIECE ? text.n : PIECE;

		memcpy(octets + 1, text.p, n);
		if (!packet_send(fd, (struct vb_str){ octets, n + 1 }, NULL, 0))
			return;
		text.p += n;
		text.n -= n;
	}
}

void
control_end(int fd, int code)
{
	const char end[] = { ANSWER_END, (char)code };
	const struct vb_str octets = { end, sizeof(end) };

	if (!packet_send(fd, octets, NULL, 0))
		shutdown(fd, SHUT_RDWR); /* it sees that it was not answered */
	close(fd);
}
