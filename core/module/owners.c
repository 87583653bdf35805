/* What belongs to one module alone: each verb, and each keyword of EHLO. */
#include "core/module/rules.h"

#include <string.h>

/* A row that a module has, and the one before which we look. */
struct owned {
	const char *what; /* "the verb" */
	const char *name;
	const void *row;
};

static bool
has_verb(const struct module *m, const struct owned *it)
{
	const struct vb_verb *v = m->is.verbs;

	for (; v != NULL && v->size != 0 && v != it->row; v++)
		if (strcmp(v->name, it->name) == 0)
			return true;
	return false;
}

static bool
has_keyword(const struct module *m, const struct owned *it)
{
	const struct vb_extension *e = m->is.extensions;

	for (; e != NULL && e->size != 0 && e != it->row; e++)
		if (strcmp(e->keyword, it->name) == 0)
			return true;
	return false;
}

static void
judge(const struct modules *modules, const struct module *m,
    const struct owned *it,
    bool (*has)(const struct module *m, const struct owned *it),
    struct faults *faults)
{
	const struct module *owner = modules->items;

	while (owner < m && !has(owner, it))
		owner++;
	if (owner < m)
		fault(faults, m, "offers %s %s, as module \"%s\" (%s:%d) does",
		    it->what, it->name, owner->name, owner->file, owner->line);
	else if (has(m, it))
		fault(faults, m, "offers %s %s twice", it->what, it->name);
}

void
rules_judge_owners(const struct modules *modules, struct faults *faults)
{
	for (size_t i = 0; i < modules->n; i++) {
		const struct module *m = &modules->items[i];
		const struct vb_verb *v = m->is.verbs;
		const struct vb_extension *e = m->is.extensions;

		for (; v != NULL && v->size != 0; v++)
			judge(modules, m,
			    &(struct owned){ "the verb", v->name, v }, has_verb,
			    faults);
		for (; e != NULL && e->size != 0; e++)
			judge(modules, m,
			    &(struct owned){ "the keyword", e->keyword, e },
			    has_keyword, faults);
	}
}
