/* A virtual terminal that a transcript is attached to. */
#include "tests/dialogue/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/dialogue/text.h"

enum { PATIENCE_MS = 5000 };

static bool
has(const struct buffer *b, struct vb_str text)
{
	for (size_t i = 0; i + text.n <= b->n; i++)
		if (memcmp(b->p + i, text.p, text.n) == 0)
			return true;
	return text.n == 0;
}

/* Reads what comes, until it has this, or for so long nothing. */
static bool
wait_for(struct terminal *t, struct vb_str text, int ms)
{
	struct pollfd wait = { .fd = t->fd, .events = POLLIN };

	while (!has(&t->shown, text)) {
		ssize_t n;

		if (poll(&wait, 1, ms) <= 0)
			return false;
		n = read(t->fd, buffer_room(&t->shown, 4096), 4096);
		if (n <= 0)
			return false;
		t->shown.n += (size_t)n;
	}
	return true;
}

void
terminal_finish(struct terminal *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	buffer_finish(&t->shown);
}

/* The server may have begun a moment ago. */
static bool
dial(int fd, const struct sockaddr_un *at)
{
	enum { TRIES = 500, TICK_MS = 10 };
	struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

	for (int i = 0; i < TRIES; i++, nanosleep(&tick, NULL))
		if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0)
			return true;
	return false;
}

static bool
attach(struct terminal *t, const struct server *server, struct vb_str user,
    struct buffer *told)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	terminal_finish(t);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/run/tty/%.*s",
	    server->directory, VB_FMT(user));
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd >= 0 && dial(t->fd, &at) &&
	    wait_for(t, VB_STR("\n"), PATIENCE_MS) && t->shown.p[0] == '+')
		return true;
	buffer_printf(told, "cannot attach to %s: %s\n", at.sun_path,
	    t->shown.n > 0 ? "it refuses" : strerror(errno));
	return false;
}

static bool
is_as(struct terminal *t, struct vb_str how, struct vb_str text,
    struct buffer *told)
{
	bool contains = vb_str_eq(how, VB_STR("contains"));

	if (wait_for(t, text, contains ? PATIENCE_MS : 0) == contains)
		return true;
	buffer_printf(told, "expected that the terminal %.*s %.*s\ngot %.*s\n",
	    VB_FMT(how), VB_FMT(text), VB_FMT(buffer_str(&t->shown)));
	return false;
}

bool
terminal_do(struct terminal *t, const struct server *server, struct vb_str rest,
    struct buffer *told)
{
	struct vb_str how = text_word(&rest);
	struct buffer text = { 0 };
	bool ok = true;

	if (vb_str_eq(how, VB_STR("attach")))
		return attach(t, server, rest, told);
	if (vb_str_eq(how, VB_STR("detach"))) {
		terminal_finish(t);
		return true;
	}
	text_unescape(rest, &text);
	ok = is_as(t, how, buffer_str(&text), told);
	buffer_finish(&text);
	return ok;
}
