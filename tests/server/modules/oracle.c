/* A slow lookup, in a courier, that does wrong what the name says. */
#include <unistd.h>

#include <verbena/module.h>

#include "crash.h"

static enum vb_known
find(struct vb_query *q, const void *conf)
{
	(void)conf;
	if (vb_str_eq(q->name, VB_STR("crashes")))
		crash();
	while (vb_str_eq(q->name, VB_STR("sleeps")))
		pause();
	if (vb_str_eq(q->name, VB_STR("unsure")))
		return VB_UNSURE;
	if (vb_str_eq(q->name, VB_STR("liar")))
		return VB_KNOWN;
	if (!vb_str_eq(q->name, VB_STR("slow")))
		return VB_UNKNOWN;
	usleep(100000);
	vb_found(q,
	    &(struct vb_found){ .kind = VB_MAILBOX, .user = VB_STR("slow") });
	return VB_KNOWN;
}

static const struct vb_lookup lookup = {
	VB_LOOKUP,
	.find = find,
	.blocks = true,
};

VB_MODULE(oracle, "1.0"){
	.about = "a slow lookup that does wrong",
	.lookup = &lookup,
};
