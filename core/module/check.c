/* What a module finds wrong becomes a problem as all others. */
#include "core/module/check.h"

#include <stdarg.h>

#include "core/base/buffer.h"

enum { MOST = 1000, LONGEST = 500 };

void
check_wrong(
    struct vb_check *c, const char *file, int line, const char *fmt, ...)
{
	struct buffer raw = { 0 }, text = { 0 };
	va_list ap;

	if (c->is_full)
		return;
	va_start(ap, fmt);
	buffer_vprintf(&raw, fmt, ap);
	va_end(ap);
	if (raw.n > LONGEST)
		raw.n = LONGEST;
	buffer_add_escaped(&text, buffer_str(&raw));
	problems_add(
	    c->problems, file, line, "%.*s", VB_FMT(buffer_str(&text)));
	buffer_finish(&raw);
	buffer_finish(&text);
	c->is_full = c->problems->n == MOST;
	if (c->is_full)
		problems_add(c->problems, NULL, 0,
		    "these are %d, there may be more", MOST);
}
