/*
 * Virtual terminals, for users who are not logged in anywhere: a socket for
 * each, run_dir/tty/USER. `verbena tty USER` attaches to it, and is shown what
 * others send.
 *
 * The account of that name may attach, if there is one, root, and whom the
 * server runs as: the kernel tells who is at the other end (SO_PEERCRED). The
 * first line says whether it is attached, "+ USER", or why not, "- words".
 * What a terminal sends is not looked at; one that does not read what it is
 * sent is closed.
 */
#define _GNU_SOURCE /* struct ucred, accept4 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <verbena/module.h>

#include "modules/terminal/notice.h"

enum { TERMINALS = 8, BACKLOG = 16, EVENTS = 64 };

struct vtty_conf {
	struct vb_strings users;
};

static const char *
check_users(const void *field)
{
	const struct vb_strings *users = field;

	for (size_t i = 0; i < users->n; i++) {
		struct vb_str name = users->items[i];

		if (name.n == 0 || name.n > 64 || *name.p == '.' ||
		    memchr(name.p, '/', name.n) != NULL)
			return "want names of users, 64 octets at most, "
			       "without \"/\" and not beginning with \".\"";
	}
	return NULL;
}

static const struct vb_option options[] = {
	VB_OPTION(struct vtty_conf, users, "",
	    "The users, as the directory names them, who may have virtual "
	    "terminals: there is a socket for each, run_dir/tty/USER.",
	    .check = check_users, .adds_up = true),
	{ 0 },
};

/* One user's socket and what is attached to it. */
struct place {
	struct place *next;
	char name[65];
	int listener;
	int terminals[TERMINALS]; /* -1: none */
};

static struct place *places;
static int epoll = -1;

static struct place *
find(struct vb_str name)
{
	struct place *p = places;

	while (p != NULL && !vb_str_eq(vb_str(p->name), name))
		p = p->next;
	return p;
}

static bool
watch(struct place *p, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = p };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Through the directory's descriptor: names of sockets must be short. */
static bool
listen_at(int listener, int directory, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s",
	    directory, name);
	unlinkat(directory, name, 0);
	return bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	       fchmodat(directory, name, 0666, 0) == 0 &&
	       listen(listener, BACKLOG) == 0;
}

static const char *
add(struct vb_str name, int directory)
{
	static char wrong[160];
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return "no memory";
	for (int i = 0; i < TERMINALS; i++)
		p->terminals[i] = -1;
	snprintf(p->name, sizeof(p->name), "%.*s", VB_FMT(name));
	p->listener = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->listener >= 0 && listen_at(p->listener, directory, p->name) &&
	    watch(p, p->listener)) {
		p->next = places;
		places = p;
		return NULL;
	}
	snprintf(wrong, sizeof(wrong), "run_dir/tty/%s: %s", p->name,
	    strerror(errno));
	if (p->listener >= 0)
		close(p->listener);
	free(p);
	return wrong;
}

static int
open_all(int directory, const void *conf, const char **wrong)
{
	const struct vtty_conf *c = conf;

	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < c->users.n && epoll >= 0; i++) {
		const char *why = find(c->users.items[i]) != NULL
		                      ? NULL
		                      : add(c->users.items[i], directory);

		*wrong = why != NULL ? why : *wrong;
	}
	return epoll;
}

static bool
may_attach(int fd, const char *name)
{
	struct ucred who;
	socklen_t n = sizeof(who);
	const struct passwd *account;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return false;
	if (who.uid == 0 || who.uid == geteuid())
		return true;
	account = getpwnam(name);
	return account != NULL && account->pw_uid == who.uid;
}

/* All of it, at once, or not at all. */
static bool
say(int fd, const char *text, size_t n)
{
	return send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n;
}

/* A place for a terminal: a free one, or NULL with the reason. */
static int *
free_place(struct place *p, int fd, const char **why)
{
	if (!may_attach(fd, p->name)) {
		*why = "only this user, root and the server itself may attach";
		return NULL;
	}
	for (int i = 0; i < TERMINALS; i++)
		if (p->terminals[i] < 0)
			return &p->terminals[i];
	*why = "too many terminals are attached";
	return NULL;
}

static void
attach(struct place *p)
{
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const char *why = NULL;
	char line[160];
	int *to;

	if (fd < 0)
		return;
	to = free_place(p, fd, &why);
	snprintf(line, sizeof(line), "%c %s\n", to == NULL ? '-' : '+',
	    to == NULL ? why : p->name);
	if (say(fd, line, strlen(line)) && to != NULL && watch(p, fd))
		*to = fd;
	else
		close(fd);
}

static void
detach(int *terminal)
{
	close(*terminal);
	*terminal = -1;
}

/* What came is thrown away; the end of it ends the terminal. */
static void
look_at(struct place *p)
{
	char octets[256];

	for (int i = 0; i < TERMINALS; i++) {
		ssize_t n = p->terminals[i] < 0
		                ? 1
		                : recv(p->terminals[i], octets, sizeof(octets),
				      MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			detach(&p->terminals[i]);
	}
}

static void
attend(void)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(epoll, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		look_at(events[i].data.ptr);
		attach(events[i].data.ptr);
	}
}

static enum vb_presence
presence(struct vb_delivery *d, const void *conf)
{
	struct place *p = find(d->user);

	(void)conf;
	if (p == NULL)
		return VB_PRESENCE_AWAY;
	look_at(p);
	attach(p);
	for (int i = 0; i < TERMINALS; i++)
		if (p->terminals[i] >= 0)
			return VB_PRESENCE_HERE;
	return VB_PRESENCE_AWAY;
}

static enum vb_shown
show(struct vb_delivery *d, const void *conf)
{
	static struct page page;
	struct place *p = find(d->user);
	int shown = 0;

	if (presence(d, conf) != VB_PRESENCE_HERE) {
		vb_terminal(d, "none");
		return VB_SHOWN_NOT;
	}
	page = (struct page){ .line_end = "\n", .is_utf8 = true };
	if (!notice_make(&page, d)) {
		vb_terminal(d, "cannot read it: %s", strerror(errno));
		return VB_SHOWN_NOT;
	}
	for (int i = 0; i < TERMINALS; i++) {
		if (p->terminals[i] < 0)
			continue;
		if (say(p->terminals[i], page.text, page.n))
			shown++;
		else
			detach(&p->terminals[i]);
	}
	vb_terminal(d, "%d attached", shown);
	if (shown == 0)
		return VB_SHOWN_NOT;
	return page.is_cut ? VB_SHOWN_PART : VB_SHOWN_ALL;
}

static const struct vb_terminals terminals = {
	VB_TERMINALS,
	.show = show,
	.presence = presence,
	.open = open_all,
	.attend = attend,
};

VB_MODULE(vtty, "1.0"){
	.about = "virtual terminals: verbena tty USER",
	.conf_size = sizeof(struct vtty_conf),
	.options = options,
	.terminals = &terminals,
};
