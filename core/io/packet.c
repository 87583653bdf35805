/* Messages between our processes. */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC, SOCK_NONBLOCK */
#include "core/io/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Room for the ancillary data, aligned as it must be. */
union ancillary {
	struct cmsghdr header;
	char octets[CMSG_SPACE(PACKET_FDS * sizeof(int))];
};

bool
packet_pair(int fds[2])
{
	int room = 4 * PACKET_MOST;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, fds) != 0)
		return false;
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return true;
}

bool
packet_send(int fd, struct vb_str octets, const int *fds, size_t n_fds)
{
	union ancillary room = { 0 };
	char copy; /* struct iovec wants what it may write to */
	struct iovec part = { .iov_base = &copy, .iov_len = octets.n };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	memcpy(&part.iov_base, &octets.p, sizeof(octets.p));
	if (n_fds > 0) {
		struct cmsghdr *c;

		message.msg_control = room.octets;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

static void
take_fds(struct msghdr *message, int fds[PACKET_FDS])
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
	     c = CMSG_NXTHDR(message, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
}

ssize_t
packet_receive(int fd, void *octets, int fds[PACKET_FDS])
{
	union ancillary room = { 0 };
	struct iovec part = { octets, PACKET_MOST };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room.octets,
		.msg_controllen = sizeof(room.octets),
	};
	ssize_t n;

	for (int i = 0; i < PACKET_FDS; i++)
		fds[i] = -1;
	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		take_fds(&message, fds);
	return n;
}
