/*
 * A delivery that does wrong what the user's name says. What it delivers, and
 * who it is then, are a line in {dir}/{user}.
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

static void
do_wrong(const struct vb_delivery *d)
{
	if (is_for(d, "crashes") || (is_for(d, "crashes-once") && !d->again))
		crash();
	if (is_for(d, "exits"))
		_exit(0);
	while (is_for(d, "hangs") || (is_for(d, "hangs-once") && !d->again))
		pause();
	if (is_for(d, "slow"))
		usleep(1500000);
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct postman_conf *c = conf;
	char line[256];
	int n, fd;

	do_wrong(d);
	if (is_for(d, "fails"))
		return VB_FAILED;
	if (is_for(d, "raves"))
		return (enum vb_outcome)77;
	if (is_for(d, "full"))
		return vb_never(d, "5.2.2", "mailbox is full");
	snprintf(
	    line, sizeof(line), "%.*s/%.*s", VB_FMT(c->dir), VB_FMT(d->user));
	fd = open(line, O_WRONLY | O_CREAT | O_APPEND, 0644);
	n = snprintf(line, sizeof(line), "%.*s %d %d %d %d\n", VB_FMT(d->id),
	    (int)getuid(), (int)geteuid(), (int)getegid(), (int)getpid());
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		return vb_later(d, "4.3.0", "cannot write");
	close(fd);
	return vb_delivered(d, "as told");
}

VB_MODULE(postman, "1.0"){
	.about = "a delivery that does wrong",
	.conf_size = sizeof(struct postman_conf),
	.options = options,
	.deliver = deliver,
};
