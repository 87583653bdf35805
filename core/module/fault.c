/* What is wrong with a module, told with its name and file. */
#include "core/module/fault.h"

#include <stdarg.h>

#include "core/base/buffer.h"

void
fault(struct faults *f, const struct module *module, const char *fmt, ...)
{
	struct buffer text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buffer_vprintf(&text, fmt, ap);
	va_end(ap);
	problems_add(f->problems, module->file, module->line,
	    "module \"%s\" (%s): %.*s", module->name, module->path,
	    VB_FMT(buffer_str(&text)));
	buffer_finish(&text);
	f->n++;
}
