/* A shared object, but no module: it says nothing of itself. */
#include <verbena/attr.h>

extern VB_EXPORT const int something;
const int something = 1;
