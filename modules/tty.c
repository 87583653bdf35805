/*
 * Terminals: who is logged in, and is shown what others send, as write(1) would
 * do it. modules/terminal/find.h tells how they are found, page.h what may
 * reach them.
 *
 * A terminal that takes nothing, stopped by ^S perhaps, costs `deadline` once;
 * for a while after that it is not waited for.
 */
#define _GNU_SOURCE /* utmpxname */
#include <termios.h>
#include <time.h>

#include <verbena/module.h>

#include "modules/terminal/find.h"
#include "modules/terminal/notice.h"
#include "modules/terminal/write.h"

struct tty_conf {
	struct vb_file utmp;
	struct vb_choice terminals; /* 0: all, 1: latest */
	struct vb_seconds deadline;
	bool bell;
};

static const struct vb_option options[] = {
	VB_OPTION(struct tty_conf, utmp, "",
	    "The file that says who is logged in. Default: the machine's."),
	VB_OPTION(struct tty_conf, terminals, "all",
	    "Who is at several terminals is shown a message on all, or on the "
	    "one that was used last.",
	    .choices = "all|latest"),
	VB_OPTION(struct tty_conf, deadline, "2s",
	    "How long all terminals of one user together may take.", .min = 1,
	    .max = 60),
	VB_OPTION(struct tty_conf, bell, "false",
	    "Whether a message begins with a BEL."),
	{ 0 },
};

struct targets {
	struct target items[TARGETS_MOST];
	size_t n;
	const char *why; /* the last one was not taken */
	struct lines lines;
};

static bool
is_utf8(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0 && (t.c_iflag & IUTF8) != 0;
}

static void
add_target(struct targets *all, const char *line, uid_t uid)
{
	struct target *t = &all->items[all->n];
	struct stat st;
	int fd = line_open(line, uid, &all->why);

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return;
	}
	t->fd = fd;
	t->line = line;
	t->device = st.st_rdev;
	t->used = st.st_atime;
	t->written = 0;
	all->n++;
}

static void
close_targets(struct targets *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].fd >= 0)
			close(all->items[i].fd);
	all->n = 0;
}

/* The one that was used last takes the first place, and is the only one. */
static void
keep_latest(struct targets *all)
{
	size_t latest = 0;

	for (size_t i = 1; i < all->n; i++)
		if (all->items[i].used > all->items[latest].used)
			latest = i;
	for (size_t i = 0; i < all->n; i++)
		if (i != latest)
			close(all->items[i].fd);
	if (latest != 0)
		all->items[0] = all->items[latest];
	all->n = 1;
}

static struct targets *
find_targets(const struct vb_delivery *d, const struct tty_conf *c)
{
	static struct targets all;
	char name[64];
	const struct passwd *account;

	all.n = all.lines.n = 0;
	all.why = "not logged in";
	if (d->user.n == 0 || d->user.n >= sizeof(name))
		return &all;
	snprintf(name, sizeof(name), "%.*s", VB_FMT(d->user));
	account = getpwnam(name);
	if (account == NULL)
		return &all;
	utmpxname(c->utmp.name == NULL ? UTMPX_FILE : c->utmp.name);
	lines_of_utmp(&all.lines, d->user);
	lines_of_logind(&all.lines, account->pw_uid);
	for (size_t i = 0; i < all.lines.n; i++)
		add_target(&all, all.lines.names[i], account->pw_uid);
	if (c->terminals.value == 1 && all.n > 1)
		keep_latest(&all);
	return &all;
}

static enum vb_presence
presence(struct vb_delivery *d, const void *conf)
{
	struct targets *all = find_targets(d, conf);
	bool is_here = all->n > 0;

	close_targets(all);
	return is_here ? VB_PRESENCE_HERE : VB_PRESENCE_AWAY;
}

/* A BEL, perhaps, and a line end: whatever stands on the line stays. */
static bool
make_page(struct target *t, struct vb_delivery *d, bool bell)
{
	struct page *p = &t->page;

	*p = (struct page){ .line_end = "\r\n", .is_utf8 = is_utf8(t->fd) };
	if (bell)
		p->text[p->n++] = '\a';
	page_put_any(p, '\n');
	if (!vb_rewind(d))
		return false;
	return notice_make(p, d);
}

/* How many have all of it; their names, for the log. */
static size_t
count_shown(const struct targets *all, char *names, size_t size, bool *is_cut)
{
	size_t shown = 0, n = 0;

	*names = '\0';
	for (size_t i = 0; i < all->n; i++) {
		const struct target *t = &all->items[i];

		if (!target_is_served(t))
			continue;
		shown++;
		*is_cut = t->page.is_cut;
		if (n < size)
			n += (size_t)snprintf(names + n, size - n, "%s%s",
			    n == 0 ? "" : " ", t->line);
	}
	return shown;
}

static enum vb_shown
show(struct vb_delivery *d, const void *conf)
{
	const struct tty_conf *c = conf;
	struct targets *all = find_targets(d, c);
	char names[256];
	bool is_cut = false;
	size_t shown;

	for (size_t i = 0; i < all->n; i++)
		if (!make_page(&all->items[i], d, c->bell)) {
			vb_terminal(d, "cannot read it: %s", strerror(errno));
			close_targets(all);
			return VB_SHOWN_NOT;
		}
	if (all->n > 0)
		all->why = "takes nothing";
	targets_write(all->items, all->n, now_ms() + c->deadline.value * 1000);
	shown = count_shown(all, names, sizeof(names), &is_cut);
	close_targets(all);
	vb_terminal(d, "%s", shown == 0 ? all->why : names);
	if (shown == 0)
		return VB_SHOWN_NOT;
	return is_cut ? VB_SHOWN_PART : VB_SHOWN_ALL;
}

static const struct vb_terminals terminals = {
	VB_TERMINALS,
	.show = show,
	.presence = presence,
};

VB_MODULE(tty, "1.0"){
	.about = "the terminals of those who are logged in",
	.conf_size = sizeof(struct tty_conf),
	.options = options,
	.terminals = &terminals,
};
