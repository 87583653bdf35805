/* Will not start. */
#include <verbena/module.h>

static bool
start(void)
{
	return false;
}

VB_MODULE(lazy, "1.0"){
	.about = "a module that does not start",
	.start = start,
};
