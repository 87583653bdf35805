/* Is for another interface than ours. */
#include <verbena/module.h>

#undef VB_MAJOR
#define VB_MAJOR 9

VB_MODULE(stranger, "1.0"){
	.about = "a module for another server",
};
