#ifndef VERBENA_CHECK_H
#define VERBENA_CHECK_H

#include <verbena/core.h>

/*
 * Looking at what settings name, before anything is served: for modules with
 * .check (struct vb_module). An option's own .check judges a value; this one
 * judges the file that the value names.
 */

/*
 * Tells what is wrong there: a sentence about a line of a file, or, when `line`
 * is 0, about the file; `file` may be NULL. What is not printable is escaped,
 * and what is long is cut. The same of the same place is told once, however
 * many settings name it.
 */
#define vb_wrong(c, file, line, ...) vb_core->wrong(c, file, line, __VA_ARGS__)

#endif
