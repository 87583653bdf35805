/*
 * What a client may use now, and what EHLO tells it: from the table that
 * commands are dispatched by, so that they cannot differ.
 */
#include "core/module/where.h"
#include "core/smtp/state.h"

/* What the module says to that; nothing is offered that may not be called. */
static bool
is_offered(const struct session *s, const struct verb *verb)
{
	const struct module *m = verb->module;
	uint64_t before;
	bool is;

	if (!verb_is_usable(s, verb))
		return false;
	if (verb->is->offered == NULL)
		return true;
	if (!where_may_call(m))
		return false;
	before = where_enter(m, WHERE_KEYWORD, 0, s->client.session);
	is = verb->is->offered(
	    (const struct vb_session *)s, s->scope->module_conf[m->index]);
	where_leave(before);
	return is;
}

const struct vb_verb *
core_usable(const struct vb_session *vs, size_t n)
{
	const struct session *s = (const struct session *)vs;
	const struct verbs *verbs = &s->scope->verbs;

	for (size_t i = 0; i < verbs->n; i++)
		if (is_offered(s, &verbs->items[i]) && n-- == 0)
			return verbs->items[i].is;
	return NULL;
}

static struct vb_str
verb_keyword(const struct vb_verb *verb)
{
	return vb_str(verb->ehlo != NULL ? verb->ehlo : verb->name);
}

/* What the module says behind its keyword; empty when it may not be called. */
static struct vb_str
ask_value(struct session *s, const struct extension *e)
{
	const struct module *outer = s->running;
	struct vb_str value = { 0 };
	uint64_t before;

	if (e->is->value == NULL || !where_may_call(e->module))
		return value;
	s->running = e->module;
	before = where_enter(e->module, WHERE_KEYWORD, 0, s->client.session);
	value = e->is->value(
	    session_public(s), s->scope->module_conf[e->module->index]);
	where_leave(before);
	s->running = outer;
	return value;
}

static struct vb_str
extension_keyword(struct session *s, const struct extension *e)
{
	struct vb_str value = ask_value(s, e);

	return arena_printf(session_arena(s), "%s%s%.*s", e->is->keyword,
	    value.n > 0 ? " " : "", VB_FMT(value));
}

struct vb_str
core_keyword(struct vb_session *vs, size_t n)
{
	struct session *s = session_of(vs);
	const struct extensions *extensions = &s->scope->extensions;
	const struct vb_verb *verb;

	for (size_t i = 0; i < extensions->n; i++)
		if (extensions->items[i].is_enabled && n-- == 0)
			return extension_keyword(s, &extensions->items[i]);
	for (size_t i = 0; (verb = core_usable(vs, i)) != NULL; i++)
		if (verb_keyword(verb).n > 0 && n-- == 0)
			return verb_keyword(verb);
	return (struct vb_str){ 0 };
}
