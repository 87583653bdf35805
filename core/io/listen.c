/* Listening sockets: our own, and those the service manager passed. */
#define _GNU_SOURCE /* SOCK_NONBLOCK, SOCK_CLOEXEC */
#include "core/io/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, FIRST_PASSED = 3 };

static bool
parse_port(const char *text, in_port_t *port)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < 1 ||
	    value > 65535)
		return false;
	*port = htons((uint16_t)value);
	return true;
}

static const char *
parse_unix(const char *path, struct listen_address *to)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&to->address;

	if (path[0] == '\0' || strlen(path) >= sizeof(un->sun_path))
		return "is no path for a unix socket";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strlen(path) + 1);
	to->size = sizeof(*un);
	return NULL;
}

static const char *
parse_ip(char *host, const char *port, struct listen_address *to)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)&to->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to->address;
	size_t n = strlen(host);

	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		in6->sin6_family = AF_INET6;
		to->size = sizeof(*in6);
		if (inet_pton(AF_INET6, host + 1, &in6->sin6_addr) != 1)
			return "has no IPv6 address in its brackets";
		return parse_port(port, &in6->sin6_port) ? NULL : "has no port";
	}
	in4->sin_family = AF_INET;
	to->size = sizeof(*in4);
	if (inet_pton(AF_INET, host, &in4->sin_addr) != 1)
		return "is neither address:port, [address]:port nor unix:path";
	return parse_port(port, &in4->sin_port) ? NULL : "has no port";
}

const char *
listen_parse(struct vb_str text, struct listen_address *to)
{
	char copy[256];
	char *colon;

	*to = (struct listen_address){ 0 };
	if (text.n >= sizeof(copy) || memchr(text.p, '\0', text.n) != NULL)
		return "is too long";
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (strncmp(copy, "unix:", 5) == 0)
		return parse_unix(copy + 5, to);
	colon = strrchr(copy, ':');
	if (colon == NULL)
		return "has no port";
	*colon = '\0';
	return parse_ip(copy, colon + 1, to);
}

/* A socket file that is left over from a server that is gone. */
static void
remove_stale(const struct listen_address *at)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&at->address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)un, at->size) != 0 &&
	    errno == ECONNREFUSED)
		unlink(un->sun_path);
	close(fd);
}

int
listen_open(const struct listen_address *at)
{
	int family = at->address.ss_family, on = 1, error;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (family == AF_UNIX)
		remove_stale(at);
	else
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&at->address, at->size) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

size_t
listen_passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	long n = 0;

	if (pid != NULL && fds != NULL && atol(pid) == (long)getpid())
		n = atol(fds);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (int i = 0; i < n; i++) {
		int fd = FIRST_PASSED + i;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return n < 0 ? 0 : (size_t)n;
}

static bool
is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_UNIX)
		return strcmp(((const struct sockaddr_un *)a)->sun_path,
			   ((const struct sockaddr_un *)b)->sun_path) == 0;
	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)a;
		const struct sockaddr_in6 *y = (const struct sockaddr_in6 *)b;

		return x->sin6_port == y->sin6_port &&
		       memcmp(&x->sin6_addr, &y->sin6_addr,
			   sizeof(x->sin6_addr)) == 0;
	}
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const struct sockaddr_in *)a;
		const struct sockaddr_in *y = (const struct sockaddr_in *)b;

		return x->sin_port == y->sin_port &&
		       x->sin_addr.s_addr == y->sin_addr.s_addr;
	}
	return false;
}

bool
listen_is_at(int fd, const struct listen_address *at)
{
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);
	int type = 0;
	socklen_t type_size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 &&
	       type == SOCK_STREAM &&
	       getsockname(fd, (struct sockaddr *)&own, &size) == 0 &&
	       is_same(&own, &at->address);
}
