/* Crashes as soon as it is loaded. */
#include <stdlib.h>

#include <verbena/module.h>

static __attribute__((constructor)) void
explode(void)
{
	abort();
}

VB_MODULE(bomb, "1.0"){
	.about = "a bomb",
};
