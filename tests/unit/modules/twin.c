/* Offers a verb that good.c offers too. */
#include <verbena/module.h>

static enum vb_verdict
toy(struct vb_session *s, const struct vb_argument *argument, const void *conf)
{
	(void)argument, (void)conf;
	return vb_reply(s, 250, "2.0.0", "Played, too");
}

static const struct vb_verb verbs[] = {
	{ VB_VERB, .name = "TOY", .syntax = "TOY", .run = toy },
	{ 0 },
};

VB_MODULE(twin, "1.0"){
	.about = "a toy like another",
	.verbs = verbs,
};
