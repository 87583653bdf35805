/* Does what CHECK says when it is to look at what its settings name. */
#include <signal.h>
#include <stdlib.h>

#include <verbena/module.h>

#ifndef CHECK
#define CHECK (void)0
#endif

static void
check(struct vb_check *c, const void *conf)
{
	(void)c, (void)conf;
	CHECK;
}

VB_MODULE(nosy, "1.0"){
	.about = "a check of one's own",
	.check = check,
};
