/* Wants to come before and after another at the same point. Built twice, as
   LOOP and as OTHER. */
#include <verbena/module.h>

#define TEXT_OF(name) #name
#define TEXT(name)    TEXT_OF(name)
#define MODULE(name)  VB_MODULE(name, "1.0")

static enum vb_verdict
look(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)s, (void)event, (void)conf;
	return VB_NEXT;
}

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_MAIL, .run = look, .before = TEXT(OTHER) },
	{ 0 },
};

MODULE(LOOP){
	.about = "one half of a circle",
	.hooks = hooks,
};
