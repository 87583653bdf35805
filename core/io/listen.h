#ifndef CORE_IO_LISTEN_H
#define CORE_IO_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <verbena/str.h>

/* Where to listen: "0.0.0.0:25", "[::]:25", "unix:/run/verbena/smtp.sock". */
struct listen_address {
	struct sockaddr_storage address;
	socklen_t size;
};

/* NULL, or what is wrong with the text. */
const char *listen_parse(struct vb_str text, struct listen_address *to);

/*
 * A listening socket, closed on exec, not blocking. An IPv6 socket takes IPv6
 * only; a unix socket that nobody answers at is replaced. -1 and errno on
 * failure.
 */
int listen_open(const struct listen_address *at);

/*
 * Sockets passed by the service manager (LISTEN_PID, LISTEN_FDS:
 * sd_listen_fds(3)). Returns how many there are, from descriptor 3 on, and
 * takes the variables out of the environment.
 */
size_t listen_passed(void);

/* Is this descriptor a stream socket that listens at this address? */
bool listen_is_at(int fd, const struct listen_address *at);

#endif
