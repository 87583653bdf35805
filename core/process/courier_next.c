/* How a courier waits for its next request, and for what the master says. */
#include <errno.h>
#include <string.h>

#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/process/courier.h"
#include "core/process/role.h"

static char octets[PACKET_MOST];

/* What a courier waits for: the others follow. */
enum { WAIT_POOL, WAIT_CONTROL, WAIT_OTHERS };

/* Does what the master says. False: it is over. */
static bool
controlled(void)
{
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(FD_CONTROL, octets, fds);

	return n > 0 && role_take_log(octets[0], fds[0]);
}

bool
courier_open(
    struct courier *c, int pool, const struct courier_watch *others, size_t n)
{
	bool ok = waits_open(&c->waits) &&
	          waits_add(&c->waits, pool, WAIT_POOL, true) &&
	          waits_add(&c->waits, FD_CONTROL, WAIT_CONTROL, false);

	for (unsigned i = 0; ok && i < n; i++)
		ok = waits_add(&c->waits, others[i].fd, WAIT_OTHERS + i, false);
	c->pool = pool;
	c->others = others;
	if (!ok)
		log_event(VB_ERROR, "cannot-start", "epoll: error=%s",
		    strerror(errno));
	return ok;
}

/* Takes a request, unless another was faster. False: it is over. */
static bool
take(const struct courier *c, struct request *r)
{
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(c->pool, octets, fds);

	*r = (struct request){ .reply = -1, .body = -1 };
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n > 0)
		*r = (struct request){ { octets, (size_t)n, false }, fds[0],
			fds[1] };
	return n > 0;
}

bool
courier_next(const struct courier *c, struct request *r)
{
	bool goes_on = true;

	r->reply = -1;
	while (goes_on && r->reply < 0) {
		int which = waits_next(&c->waits);

		if (which == WAIT_POOL)
			goes_on = take(c, r);
		else if (which == WAIT_CONTROL)
			goes_on = controlled();
		else if (which >= WAIT_OTHERS)
			c->others[which - WAIT_OTHERS].attend(
			    c->others[which - WAIT_OTHERS].data);
		else
			goes_on = errno == EINTR;
	}
	return goes_on;
}
