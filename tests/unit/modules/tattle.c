/* Tells when any of its code runs: sets TATTLE in the environment. */
#include <stdlib.h>

#include <verbena/module.h>

static __attribute__((constructor)) void
tell(void)
{
	setenv("TATTLE", "ran", 1);
}

VB_MODULE(tattle, "1.0"){
	.about = "a toy that talks",
};
