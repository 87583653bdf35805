/* Wants a function that nobody has. */
#include <verbena/module.h>

bool nobody_has_this(void);

static bool
start(void)
{
	return nobody_has_this();
}

VB_MODULE(undefined, "1.0"){
	.about = "a toy with a part missing",
	.start = start,
};
