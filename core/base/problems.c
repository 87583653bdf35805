/* What is wrong, all of it, with file and line. */
#include "core/base/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"

void
problems_finish(struct problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].file);
		free(p->items[i].text);
	}
	free(p->items);
	*p = (struct problems){ 0 };
}

static char *
copy(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(must_alloc(n), text, n);
}

static bool
is_same(const struct problem *a, const struct problem *b)
{
	if (a->line != b->line || strcmp(a->text, b->text) != 0)
		return false;
	if (a->file == NULL || b->file == NULL)
		return a->file == b->file;
	return strcmp(a->file, b->file) == 0;
}

static bool
is_known(const struct problems *p, const struct problem *new)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_same(&p->items[i], new))
			return true;
	return false;
}

void
problems_add(
    struct problems *p, const char *file, int line, const char *fmt, ...)
{
	struct problem new = { .line = line };
	struct buffer text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buffer_vprintf(&text, fmt, ap);
	va_end(ap);
	buffer_add(&text, "", 1);
	new.text = text.p;
	new.file = file == NULL ? NULL : copy(file);
	if (is_known(p, &new)) {
		free(new.file);
		free(new.text);
		return;
	}
	p->items = must_resize(p->items, (p->n + 1) * sizeof(*p->items));
	p->items[p->n++] = new;
}

void
problems_print(const struct problems *p, FILE *to)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct problem *it = &p->items[i];

		if (it->file != NULL && it->line > 0)
			fprintf(to, "%s:%d: ", it->file, it->line);
		else if (it->file != NULL)
			fprintf(to, "%s: ", it->file);
		fprintf(to, "%s\n", it->text);
	}
}
