/* Knows of terminals, after it has slept. */
#include <fcntl.h>
#include <unistd.h>

#include <verbena/module.h>

static enum vb_shown
show(struct vb_delivery *d, const void *conf)
{
	(void)d, (void)conf;
	return VB_SHOWN_NOT;
}

static enum vb_presence
presence(struct vb_delivery *d, const void *conf)
{
	(void)d, (void)conf;
	return VB_PRESENCE_AWAY;
}

static int
wake_up(int directory, const void *conf, const char **wrong)
{
	(void)conf, (void)wrong;
	sleep(1);
	close(openat(directory, "awake", O_WRONLY | O_CREAT, 0600));
	return -1;
}

static void
attend(void)
{
}

static const struct vb_terminals terminals = {
	VB_TERMINALS,
	.show = show,
	.presence = presence,
	.open = wake_up,
	.attend = attend,
};

VB_MODULE(dozy, "1.0"){
	.about = "terminals that sleep",
	.terminals = &terminals,
};
