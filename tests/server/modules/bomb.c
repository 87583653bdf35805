/* Crashes as soon as it is loaded, or does what EXPLODE says. */
#include <stdlib.h>
#include <unistd.h>

#include <verbena/module.h>

#ifndef EXPLODE
#define EXPLODE abort()
#endif

static __attribute__((constructor)) void
explode(void)
{
	EXPLODE;
}

VB_MODULE(bomb, "1.0"){
	.about = "a bomb",
};
