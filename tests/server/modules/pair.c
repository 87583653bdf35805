/*
 * A delivery that waits for another that goes on at the same time, and says
 * whether there was one. Each is a file in {dir}, as long as it goes on.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <verbena/module.h>

struct pair_conf {
	struct vb_str dir;
	struct vb_seconds wait;
	bool limited;
};

static const struct vb_option options[] = {
	VB_OPTION(struct pair_conf, dir, "/tmp", "Where the files are."),
	VB_OPTION(struct pair_conf, wait, "20s", "How long to wait."),
	VB_OPTION(struct pair_conf, limited, "false",
	    "Whether the mailbox has a limit."),
	{ 0 },
};

static size_t
count(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct pair_conf *c = conf;
	char dir[256], path[512];
	bool is_pair = false;
	int fd;

	snprintf(dir, sizeof(dir), "%.*s", VB_FMT(c->dir));
	snprintf(path, sizeof(path), "%s/%.*s", dir, VB_FMT(d->id));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (int64_t ms = 0; !is_pair && ms < c->wait.value * 1000; ms += 10) {
		is_pair = count(dir) > 1;
		usleep(10000);
	}
	usleep(500000); /* the other looks, too */
	unlink(path);
	close(fd);
	return vb_delivered(d, is_pair ? "in company" : "alone");
}

static bool
limits(const void *conf)
{
	const struct pair_conf *c = conf;

	return c->limited;
}

static enum vb_outcome
room(struct vb_delivery *d, uint64_t octets, const void *conf)
{
	(void)octets, (void)conf;
	return vb_delivered(d, "there is");
}

VB_MODULE(pair, "1.0"){
	.about = "a delivery that waits for another",
	.conf_size = sizeof(struct pair_conf),
	.options = options,
	.deliver = deliver,
	.limits = limits,
	.room = room,
	.at_once = 2,
};
