/* Ports for servers that are tested. */
#include "tests/dialogue/ports.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons(port);
	return a;
}

static bool
is_free(uint16_t port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_bound = fd >= 0 &&
	                bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd >= 0)
		close(fd);
	return is_bound;
}

/* Each once, and none of those that the kernel gives to clients. */
static uint16_t
next_free(void)
{
	enum { FIRST = 12000, PORTS = 18000, STRIDE = 97 };
	static unsigned given;
	unsigned port;

	do {
		assert(given < PORTS);
		port = (unsigned)getpid() * STRIDE + given++;
		port = FIRST + port % PORTS;
	} while (!is_free((uint16_t)port));
	return (uint16_t)port;
}

uint16_t
ports_find(const struct ports *ports, struct vb_str name)
{
	for (size_t i = 0; i < ports->n; i++)
		if (vb_str_eq(ports->items[i].name, name))
			return ports->items[i].number;
	return 0;
}

uint16_t
ports_take(struct ports *ports, struct vb_str name)
{
	uint16_t port = ports_find(ports, name);

	if (port == 0 &&
	    ports->n < sizeof(ports->items) / sizeof(ports->items[0])) {
		port = next_free();
		ports->items[ports->n++] = (struct port){ name, port };
	}
	return port;
}

int
port_connect(uint16_t number)
{
	struct sockaddr_in a = loopback(number);
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}
