/*
 * How fast VRFY is answered: one connection, many commands in flight.
 *
 *	vrfy ADDRESS PORT MAILBOX WINDOW COUNT SECONDS
 *
 * It greets with HELO, sends WINDOW commands at once, and one more for each
 * reply (RFC 2920 lets a client pipeline VRFY). It ends after COUNT replies or
 * SECONDS, whichever is first, and prints how many came a second and the code
 * of the last. A reply that does not begin with 25 ends it with an error: a
 * server without VRFY, or one that begins to refuse, is not measured.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/bench/tool.h"

#define WINDOW   1000 /* commands in flight, at most */
#define COMMAND  512  /* octets of one, with CR LF: RFC 5321 §4.5.3.1.4 */
#define PATIENCE 10   /* seconds that a reply may take */

/*
 * Replies as they come in. `column` is the place in the line; a reply ends with
 * the line whose fourth character is no hyphen (RFC 5321 §4.2.1).
 */
struct replies {
	unsigned long count;
	unsigned column;
	bool more; /* a hyphen was there */
	char
	    code[4]; /* of the line that comes in, and then of the last reply */
};

static int
connect_to(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((in_port_t)atoi(port)) };
	struct timeval patience = { .tv_sec = PATIENCE };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		errx(2, "%s: want an IPv4 address", address);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		err(1, "%s:%s", address, port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0)
			err(1, "send");
		p += sent;
		n -= (size_t)sent;
	}
}

static void
take(struct replies *r, char c)
{
	if (c == '\n') {
		r->count += !r->more;
		r->column = 0;
		r->more = false;
		return;
	}
	if (r->column < 3)
		r->code[r->column] = c;
	else if (r->column == 3)
		r->more = c == '-';
	if (r->column < 4)
		r->column++;
}

/* Takes what has come, at least one octet. Every reply must begin so. */
static void
receive(int fd, struct replies *r, const char *good)
{
	char buffer[65536];
	ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

	if (n < 0)
		err(1, "no reply after %lu", r->count);
	if (n == 0)
		errx(1, "closed after %lu replies", r->count);
	for (ssize_t i = 0; i < n; i++) {
		unsigned long before = r->count;
		take(r, buffer[i]);
		if (r->count > before &&
		    strncmp(r->code, good, strlen(good)) != 0)
			errx(1, "reply %lu is %.3s", r->count, r->code);
	}
}

/* Waits for one reply. */
static void
expect(int fd, const char *good)
{
	struct replies r = { 0 };

	while (r.count == 0)
		receive(fd, &r, good);
}

/* Replies to VRFY until there are `count` or it is `until`; `all` is filled. */
static void
ask(int fd, const char *all, size_t size, unsigned long window,
    unsigned long count, double until, struct replies *r)
{
	send_all(fd, all, window * size);
	while (r->count < count && now() < until) {
		unsigned long before = r->count;
		receive(fd, r, "25");
		send_all(fd, all, (r->count - before) * size);
	}
}

int
main(int argc, char **argv)
{
	static char all[WINDOW * COMMAND];
	static const char hello[] = "HELO a.test\r\n";
	struct replies replies = { 0 };

	if (argc != 7)
		errx(2, "ADDRESS PORT MAILBOX WINDOW COUNT SECONDS");
	unsigned long window = number(argv[4], WINDOW);
	size_t size = strlen("VRFY \r\n") + strlen(argv[3]);
	if (size >= COMMAND)
		errx(2, "the mailbox is too long");
	for (unsigned long i = 0; i < window; i++)
		snprintf(all + i * size, size + 1, "VRFY %s\r\n", argv[3]);

	int fd = connect_to(argv[1], argv[2]);
	expect(fd, "220");
	send_all(fd, hello, sizeof(hello) - 1);
	expect(fd, "250");
	double began = now();
	ask(fd, all, size, window, number(argv[5], 1000000000),
	    began + (double)number(argv[6], 3600), &replies);
	printf("%.0f %.3s\n", (double)replies.count / (now() - began),
	    replies.code);
	close(fd);
	return 0;
}
