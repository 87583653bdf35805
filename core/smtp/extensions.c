/* The table of extensions: keywords of EHLO, and parameters of MAIL and RCPT.
 */
#include "core/smtp/extensions.h"

static size_t
count(const struct modules *modules)
{
	size_t n = 0;

	for (size_t m = 0; m < modules->n; m++) {
		const struct vb_extension *e = modules->items[m].is.extensions;

		for (; e != NULL && e->size != 0; e++)
			n++;
	}
	return n;
}

struct extensions
extensions_build(const struct modules *modules, struct arena *arena)
{
	struct extensions all = { 0 };

	all.items = arena_alloc(arena, count(modules) * sizeof(*all.items));
	for (size_t m = 0; m < modules->n; m++) {
		const struct vb_extension *e = modules->items[m].is.extensions;

		for (; e != NULL && e->size != 0; e++)
			all.items[all.n++] = (struct extension){ e,
				&modules->items[m], true };
	}
	return all;
}

struct extension *
extensions_find(const struct extensions *extensions, struct vb_str keyword)
{
	for (size_t i = 0; i < extensions->n; i++)
		if (vb_str_ieq(
			vb_str(extensions->items[i].is->keyword), keyword))
			return &extensions->items[i];
	return NULL;
}

bool
extensions_bring(const struct extensions *extensions, enum vb_point point,
    struct vb_str parameter)
{
	for (size_t i = 0; i < extensions->n; i++) {
		const struct extension *e = &extensions->items[i];

		if (e->is_enabled && e->is->point == point &&
		    e->is->parameter != NULL &&
		    vb_str_ieq(vb_str(e->is->parameter), parameter))
			return true;
	}
	return false;
}
