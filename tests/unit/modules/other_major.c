/* Is for another interface. */
#include <verbena/module.h>

#undef VB_MAJOR
#define VB_MAJOR 9

VB_MODULE(other_major, "1.0"){
	.about = "a toy for other children",
};
