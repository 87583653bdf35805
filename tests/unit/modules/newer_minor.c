/* Wants a core that is newer than any. */
#define VB_MINOR 7
#include <verbena/module.h>

VB_MODULE(newer_minor, "1.0"){
	.about = "a toy of tomorrow",
};
