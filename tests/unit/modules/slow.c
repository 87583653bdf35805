/* A module whose lookup blocks, and which fills its data with octets 0xEE. */
#include <verbena/module.h>

enum { SLOT = 32 };

static enum vb_known
find(struct vb_query *q, const void *conf)
{
	(void)q, (void)conf;
	return VB_UNKNOWN;
}

static enum vb_verdict
scribble(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)event, (void)conf;
	memset(vb_session_data(s), 0xee, SLOT);
	if (vb_transaction(s) != NULL)
		memset(vb_transaction_data(s), 0xee, SLOT);
	return VB_NEXT;
}

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_COMMAND, .run = scribble },
	{ 0 },
};

static const struct vb_lookup lookup = { VB_LOOKUP, .find = find,
	.blocks = true };

VB_MODULE(slow, "1.0"){
	.about = "slow, and untidy",
	.session_size = SLOT,
	.transaction_size = SLOT,
	.hooks = hooks,
	.lookup = &lookup,
};
