/* Reading the levels of settings that make a scope. */
#include "core/smtp/levels.h"

#include <string.h>

void
level_problem(const struct compiler *c, const config_setting_t *at,
    const char *sentence, struct vb_str what)
{
	struct conf_place place = conf_place(c->reader.conf, at);
	struct vb_str text = arena_printf(
	    c->reader.arena, "%s \"%.*s\"", sentence, VB_FMT(what));

	problems_add(
	    c->reader.problems, place.file, place.line, "%.*s", VB_FMT(text));
}

/* A verb, or the keyword of an extension. What the top of the file says to all
   sites does not concern those of another profile. NULL, or what is wrong. */
static const char *
switch_one(struct level *level, struct vb_str name, bool on, bool is_top)
{
	struct verb *verb = verbs_find(&level->verbs, name);
	struct extension *e = extensions_find(&level->extensions, name);

	if (e != NULL)
		e->is_enabled = on;
	if (verb == NULL)
		return e == NULL ? "no loaded module has the verb" : NULL;
	if (on && verb->is_foreign)
		return is_top ? NULL : "this profile does not have the verb";
	verb->is_enabled = on;
	return NULL;
}

static void
switch_verbs(const struct compiler *c, const config_setting_t *group,
    const struct vb_strings *names, struct level *level, bool on)
{
	const char *key = on ? "enable" : "disable";
	const config_setting_t *at = config_setting_get_member(group, key);

	for (size_t i = 0; i < names->n; i++) {
		const char *wrong = switch_one(level, names->items[i], on,
		    group == conf_root(c->reader.conf));

		if (wrong != NULL && at != NULL)
			level_problem(c, at,
			    arena_printf(c->reader.arena, "%s: %s", key, wrong)
				.p,
			    names->items[i]);
	}
}

static void
apply_policy(const struct compiler *c, const config_setting_t *at,
    const struct policy_conf *policy, struct level *level)
{
	for (size_t i = 0; i < policy->verbs.n; i++) {
		struct verb *verb = verbs_find(
		    &level->verbs, policy->verbs.items[i]);

		if (verb == NULL) {
			level_problem(c, at,
			    "policy: no loaded module has the verb",
			    policy->verbs.items[i]);
			continue;
		}
		settings_rate(policy->rate, &verb->rate);
		verb->requires = settings_requires(&policy->require);
	}
}

static void
read_module(const struct compiler *c, const config_setting_t *group,
    const struct module *m, struct level *level)
{
	const struct vb_option *table = m->is.options;
	static const struct vb_option none[] = { { 0 } };
	const config_setting_t *own = config_setting_get_member(group, m->name);

	if (own == NULL)
		return;
	if (table == NULL)
		table = none;
	if (m->is.deliver != NULL) {
		size_t shift = (m->is.conf_size + 15) / 16 * 16;
		char *both = arena_alloc(
		    c->reader.arena, shift + sizeof(struct delivery_conf));

		memcpy(both, level->module_conf[m->index], m->is.conf_size);
		memcpy(both + shift, &level->delivery[m->index],
		    sizeof(struct delivery_conf));
		options_read(&c->reader, m->name,
		    settings_join(
			c->reader.arena, table, delivery_options, shift),
		    NULL, own, both);
		memcpy(level->module_conf[m->index], both, m->is.conf_size);
		memcpy(&level->delivery[m->index], both + shift,
		    sizeof(struct delivery_conf));
		return;
	}
	options_read(&c->reader, m->name, table, NULL, own,
	    level->module_conf[m->index]);
}

void
level_read_modules(const struct compiler *c, const config_setting_t *group,
    struct level *level)
{
	for (size_t i = 0; i < c->modules->n; i++)
		read_module(c, group, &c->modules->items[i], level);
}

static void *
copy(struct arena *arena, const void *from, size_t size)
{
	void *to = arena_alloc(arena, size);

	if (size > 0)
		memcpy(to, from, size);
	return to;
}

struct level
level_copy(const struct compiler *c, const struct level *from)
{
	struct arena *arena = c->reader.arena;
	size_t n = c->modules->n;
	struct level to = *from;

	to.module_conf = arena_alloc(arena, n * sizeof(void *));
	for (size_t i = 0; i < n; i++)
		to.module_conf[i] = copy(arena, from->module_conf[i],
		    c->modules->items[i].is.conf_size);
	to.delivery = copy(arena, from->delivery, n * sizeof(*to.delivery));
	to.verbs.items = copy(
	    arena, from->verbs.items, from->verbs.n * sizeof(struct verb));
	to.extensions.items = copy(arena, from->extensions.items,
	    from->extensions.n * sizeof(struct extension));
	to.conf.enable = to.conf.disable = (struct vb_strings){ 0 };
	to.conf.policy = (struct vb_list){ 0 };
	return to;
}

void
level_switch(const struct compiler *c, const config_setting_t *group,
    const struct scope_conf *conf, struct level *level)
{
	const config_setting_t *list = config_setting_get_member(
	    group, "policy");
	const struct policy_conf *policy = conf->policy.items;

	switch_verbs(c, group, &conf->enable, level, true);
	switch_verbs(c, group, &conf->disable, level, false);
	for (size_t i = 0; i < conf->policy.n; i++)
		apply_policy(c, config_setting_get_elem(list, (unsigned)i),
		    &policy[i], level);
	level->groups[level->n_groups++] = group;
}

struct level
level_top(const struct compiler *c, const struct scope_conf *base)
{
	struct arena *arena = c->reader.arena;
	size_t n = c->modules->n;
	struct level top = { .conf = *base };

	top.module_conf = arena_alloc(arena, n * sizeof(void *));
	top.delivery = arena_alloc(arena, n * sizeof(*top.delivery));
	for (size_t i = 0; i < n; i++) {
		const struct module *m = &c->modules->items[i];

		top.module_conf[i] = arena_alloc(arena, m->is.conf_size);
		if (m->is.options != NULL)
			options_defaults(&c->reader, m->path, m->is.options,
			    top.module_conf[i]);
		options_defaults(
		    &c->reader, m->path, delivery_options, &top.delivery[i]);
	}
	level_read_modules(c, conf_root(c->reader.conf), &top);
	return top;
}
