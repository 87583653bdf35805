/*
 * A delivery that does wrong what the user's name says, some of it until there
 * is a file {dir}/open. What it delivers, and who it is then, are a line in
 * {dir}/{user}; the messages are in {dir}/{user}.text, one behind the other.
 * What it has delivered, it does not deliver again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <verbena/module.h>

#include "crash.h"

struct postman_conf {
	struct vb_str dir;
};

static const struct vb_option options[] = {
	VB_OPTION(struct postman_conf, dir, "/tmp", "Where to deliver."),
	{ 0 },
};

static bool
is_for(const struct vb_delivery *d, const char *name)
{
	return vb_str_eq(d->user, vb_str(name));
}

static bool
is_open(const struct postman_conf *c)
{
	char path[256];

	snprintf(path, sizeof(path), "%.*s/open", VB_FMT(c->dir));
	return access(path, F_OK) == 0;
}

static void
do_wrong(const struct vb_delivery *d, const struct postman_conf *c)
{
	if (is_for(d, "crashes") || (is_for(d, "crashes-once") && !d->again))
		crash();
	if (is_for(d, "exits"))
		_exit(0);
	while (is_for(d, "hangs") || (is_for(d, "hangs-once") && !d->again))
		pause();
	if (is_for(d, "slow"))
		usleep(1500000);
	while (is_for(d, "waits") && !is_open(c))
		usleep(10000);
}

/* Adds to a file of the user's. */
static int
open_file(const struct vb_delivery *d, const struct postman_conf *c,
    const char *suffix)
{
	char path[256];

	snprintf(path, sizeof(path), "%.*s/%.*s%s", VB_FMT(c->dir),
	    VB_FMT(d->user), suffix);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* Is there a line of it? */
static bool
has_delivered(const struct vb_delivery *d, const struct postman_conf *c)
{
	char path[256], line[256];
	bool has = false;
	FILE *f;

	snprintf(
	    path, sizeof(path), "%.*s/%.*s", VB_FMT(c->dir), VB_FMT(d->user));
	f = fopen(path, "r");
	while (f != NULL && !has && fgets(line, sizeof(line), f) != NULL)
		has = strncmp(line, d->id.p, d->id.n) == 0;
	if (f != NULL)
		fclose(f);
	return has;
}

static bool
write_text(struct vb_delivery *d, const struct postman_conf *c)
{
	int fd = open_file(d, c, ".text");
	char piece[4096];
	ptrdiff_t n;

	while ((n = vb_read(d, piece, sizeof(piece))) > 0)
		if (write(fd, piece, (size_t)n) != n)
			break;
	close(fd);
	return n == 0;
}

static bool
write_line(struct vb_delivery *d, const struct postman_conf *c)
{
	char line[256];
	int fd = open_file(d, c, "");
	int n = snprintf(line, sizeof(line), "%.*s %d %d %d %d\n",
	    VB_FMT(d->id), (int)getuid(), (int)geteuid(), (int)getegid(),
	    (int)getpid());
	bool ok = fd >= 0 && write(fd, line, (size_t)n) == n;

	close(fd);
	return ok;
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct postman_conf *c = conf;

	do_wrong(d, c);
	if (is_for(d, "fails"))
		return VB_FAILED;
	if (is_for(d, "raves"))
		return (enum vb_outcome)77;
	if (is_for(d, "full"))
		return vb_never(d, "5.2.2", "mailbox is full");
	if (is_for(d, "shut") && !is_open(c))
		return vb_later(d, "4.2.1", "mailbox is shut");
	if (d->again && has_delivered(d, c))
		return vb_delivered(d, "already");
	if (!write_text(d, c) || !write_line(d, c))
		return vb_later(d, "4.3.0", "cannot write");
	return vb_delivered(d, "as told");
}

VB_MODULE(postman, "1.0"){
	.about = "a delivery that does wrong",
	.conf_size = sizeof(struct postman_conf),
	.options = options,
	.deliver = deliver,
};
