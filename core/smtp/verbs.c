/*
 * The table of verbs.
 *
 * The codes of a row come from the module, as the profile has them, and those
 * that RFC 5321 §4.3.2 allows for every command are added: 500, 501 and 421. So
 * is 502, which the core itself says for a verb that is not enabled.
 */
#include "core/smtp/verbs.h"

#include <string.h>

enum { FAILURE = 451, LAST_RESORT = 421 };

static void
legal(struct codes *set, const char *text)
{
	static const int always[] = { 421, 500, 501, 502 };

	codes_parse(set, text == NULL ? "" : text);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		codes_add(set, always[i]);
}

static const char *
of_profile(const struct vb_codes *codes, enum profile profile)
{
	return profile == PROFILE_RFC821 ? codes->rfc821 : codes->rfc5321;
}

static int
failure_code(const struct verb *verb)
{
	int code = verb->is->failure != 0 ? verb->is->failure : FAILURE;

	return codes_has(&verb->codes, code) ? code : LAST_RESORT;
}

static void
fill(struct verb *row, const struct vb_verb *is, const struct module *module,
    enum profile profile)
{
	const char *more = of_profile(&is->more_codes, profile);

	row->is = is;
	row->name = vb_str(is->name);
	row->module = module;
	row->is_foreign = of_profile(&is->codes, profile) == NULL;
	legal(&row->codes, of_profile(&is->codes, profile));
	legal(&row->more_codes,
	    more != NULL ? more : of_profile(&is->codes, profile));
	row->failure = failure_code(row);
}

static size_t
count(const struct modules *modules)
{
	size_t n = 0;

	for (size_t m = 0; m < modules->n; m++)
		for (const struct vb_verb *v = modules->items[m].is.verbs;
		     v != NULL && v->size != 0; v++)
			n++;
	return n;
}

struct verbs
verbs_build(
    const struct modules *modules, enum profile profile, struct arena *arena)
{
	struct verbs verbs = { 0 };

	verbs.items = arena_alloc(arena, count(modules) * sizeof(struct verb));
	for (size_t m = 0; m < modules->n; m++)
		for (const struct vb_verb *v = modules->items[m].is.verbs;
		     v != NULL && v->size != 0; v++)
			fill(&verbs.items[verbs.n++], v, &modules->items[m],
			    profile);
	return verbs;
}

struct verb *
verbs_find(const struct verbs *verbs, struct vb_str name)
{
	for (size_t i = 0; i < verbs->n; i++)
		if (vb_str_ieq(verbs->items[i].name, name))
			return &verbs->items[i];
	return NULL;
}
