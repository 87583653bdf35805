#ifndef CORE_MODULE_CHECK_H
#define CORE_MODULE_CHECK_H

#include <stdbool.h>

#include <verbena/check.h>

#include "core/base/problems.h"

/*
 * What modules find wrong with what their settings name. A file that is wrong
 * from one end to the other is not told to its end: there is a limit.
 */
struct vb_check {
	struct problems *problems;
	bool is_full;
};

/* What modules reach through the table, as <verbena/check.h> tells it. */
void check_wrong(struct vb_check *c, const char *file, int line,
    const char *fmt, ...) VB_PRINTF(4, 5);

#endif
