/* Compiling sites and scopes, once per generation. */
#include "core/smtp/site.h"

#include <string.h>

#include "core/smtp/levels.h"
#include "core/smtp/listens.h"

struct site_level {
	struct site_conf site;
	struct scope_conf scope;
};

struct clients_level {
	struct clients_conf clients;
	struct scope_conf scope;
};

static const struct module *
first_that_delivers(const struct modules *modules)
{
	for (size_t i = 0; i < modules->n; i++)
		if (modules->items[i].is.deliver != NULL)
			return &modules->items[i];
	return NULL;
}

/* Where `deliver` is set for this group, if not in the site around it. */
static const config_setting_t *
where_deliver(const struct compiler *c, const config_setting_t *group)
{
	const config_setting_t *root = conf_root(c->reader.conf);
	const config_setting_t *at = config_setting_get_member(
	    group, "deliver");

	return at != NULL ? at : config_setting_get_member(root, "deliver");
}

static const struct module *
who_delivers(const struct compiler *c, const config_setting_t *group,
    const struct scope_conf *conf)
{
	const struct module *m;
	const config_setting_t *at = where_deliver(c, group);

	if (conf->deliver.n == 0)
		return first_that_delivers(c->modules);
	m = modules_find(c->modules, conf->deliver);
	if (m != NULL && m->is.deliver != NULL)
		return m;
	if (at != NULL)
		level_problem(c, at,
		    m == NULL ? "deliver: no such module is loaded:"
			      : "deliver: this module does not deliver:",
		    conf->deliver);
	return NULL;
}

static const struct scope *
add_scope(const struct compiler *c, const config_setting_t *group,
    const struct site *site, struct vb_str name, const struct level *level)
{
	struct sites *sites = c->sites;
	struct scope *scope = arena_alloc(c->reader.arena, sizeof(*scope));
	const struct scope **all = arena_alloc(
	    c->reader.arena, (sites->n_scopes + 1) * sizeof(*all));

	*scope = (struct scope){
		.index = (unsigned)sites->n_scopes,
		.site = site,
		.name = name,
		.conf = level->conf,
		.module_conf = level->module_conf,
		.delivery = level->delivery,
		.deliver = who_delivers(c, group, &level->conf),
		.verbs = level->verbs,
		.extensions = level->extensions,
		.groups = { level->groups[0], level->groups[1],
		    level->groups[2] },
		.n_groups = level->n_groups,
	};
	if (sites->n_scopes > 0)
		memcpy(all, sites->scopes, sites->n_scopes * sizeof(*all));
	all[sites->n_scopes++] = scope;
	sites->scopes = all;
	return scope;
}

/* "tls" and "authenticated" are layers of their own: no client has them at
   accept. */
static bool
is_later_class(struct vb_str word)
{
	return vb_str_eq(word, VB_STR("tls")) ||
	       vb_str_eq(word, VB_STR("authenticated"));
}

static void
add_rule(const struct compiler *c, const config_setting_t *group,
    struct site *site, struct clients_rule rule, struct vb_str word)
{
	const config_setting_t *at = config_setting_get_member(group, "match");
	const char *wrong;

	if (is_later_class(word))
		return;
	rule.is_unix = vb_str_eq(word, VB_STR("unix"));
	if (!rule.is_unix) {
		wrong = network_parse(word, &rule.network);
		if (wrong != NULL) {
			level_problem(c, at,
			    "match: want networks, unix, tls or authenticated; "
			    "this is none:",
			    word);
			return;
		}
	}
	site->rules[site->n_rules++] = rule;
}

/* "public/10.0.0.0/8,::1" */
static struct vb_str
clients_name(const struct compiler *c, const struct site *site,
    const struct vb_strings *match)
{
	struct vb_str name = site->conf.name;

	for (size_t i = 0; i < match->n; i++)
		name = arena_printf(c->reader.arena, "%.*s%c%.*s", VB_FMT(name),
		    i == 0 ? '/' : ',', VB_FMT(match->items[i]));
	return name;
}

static void
read_clients(const struct compiler *c, const config_setting_t *group,
    struct site *site, const struct level *outer)
{
	struct level level = level_copy(c, outer);
	struct clients_level both = { .scope = level.conf };
	struct clients_rule rule = { 0 };
	struct clients_rule *rules;

	options_read(
	    &c->reader, "", c->clients_table, &c->others, group, &both);
	level.conf = both.scope;
	level_switch(c, group, &level.conf, &level);
	level_read_modules(c, group, &level);
	rule.scope = add_scope(
	    c, group, site, clients_name(c, site, &both.clients.match), &level);
	if (both.clients.match.n == 0) {
		level_problem(
		    c, group, "clients: an entry wants", VB_STR("match"));
		return;
	}
	rules = arena_alloc(c->reader.arena,
	    (site->n_rules + both.clients.match.n) * sizeof(*rules));
	if (site->n_rules > 0)
		memcpy(rules, site->rules, site->n_rules * sizeof(*rules));
	site->rules = rules;
	for (size_t i = 0; i < both.clients.match.n; i++)
		add_rule(c, group, site, rule, both.clients.match.items[i]);
}

/* Calls for each group of a list; anything else in its place is a problem. */
static void
each_group(const struct compiler *c, const config_setting_t *list,
    const char *name,
    void (*read)(const struct compiler *c, const config_setting_t *group,
	struct site *site, const struct level *outer),
    struct site *site, const struct level *outer)
{
	if (!config_setting_is_list(list)) {
		level_problem(c, list,
		    "want a list of groups, ( { ... } ), for", vb_str(name));
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++) {
		config_setting_t *group = config_setting_get_elem(
		    list, (unsigned)i);

		if (config_setting_is_group(group))
			read(c, group, site, outer);
		else
			level_problem(c, group, "want a group, { ... }, in",
			    vb_str(name));
	}
}

static void
lower_domains(const struct compiler *c, struct vb_strings *domains)
{
	struct vb_str *items = arena_alloc(
	    c->reader.arena, domains->n * sizeof(struct vb_str));

	for (size_t i = 0; i < domains->n; i++)
		items[i] = arena_lower(c->reader.arena, domains->items[i]);
	domains->items = items;
}

static void
read_site(const struct compiler *c, const config_setting_t *group,
    struct site *site, const struct level *outer)
{
	struct level level = level_copy(c, outer);
	struct site_level both = { .scope = level.conf };
	const config_setting_t *clients, *listen, *root;

	site = &c->sites->items[c->sites->n++];
	root = conf_root(c->reader.conf);
	options_defaults(&c->reader, "verbena", site_options, &both.site);
	options_read(&c->reader, "", c->site_table, &c->others, group, &both);
	site->conf = both.site;
	lower_domains(c, &site->conf.domains);
	site->profile = (enum profile)both.site.profile.value;
	listen = config_setting_get_member(group, "listen");
	listens_check(c, listen);
	level.conf = both.scope;
	level.verbs = verbs_build(c->modules, site->profile, c->reader.arena);
	level.extensions = extensions_build(c->modules, c->reader.arena);
	level_switch(c, root, &outer->conf, &level);
	level_switch(c, group, &level.conf, &level);
	level_read_modules(c, group, &level);
	site->everyone = add_scope(c, group, site, site->conf.name, &level);
	clients = config_setting_get_member(group, "clients");
	if (clients != NULL)
		each_group(c, clients, "clients", read_clients, site, &level);
}

static void
find_double_names(const struct compiler *c, const config_setting_t *list)
{
	for (size_t i = 0; i < c->sites->n; i++)
		for (size_t j = 0; j < i; j++)
			if (vb_str_eq(c->sites->items[i].conf.name,
				c->sites->items[j].conf.name))
				level_problem(c,
				    config_setting_get_elem(list, (unsigned)i),
				    "name: another site is called",
				    c->sites->items[i].conf.name);
}

static struct options_others
names_of(struct arena *arena, const struct modules *modules)
{
	const char **names = arena_alloc(
	    arena, (modules->n + 1) * sizeof(*names));

	for (size_t i = 0; i < modules->n; i++)
		names[i] = modules->items[i].name;
	names[modules->n] = "clients";
	return (struct options_others){ names, modules->n + 1 };
}

struct sites *
sites_build(const struct conf *conf, const struct modules *modules,
    const struct scope_conf *base, struct arena *arena,
    struct problems *problems)
{
	struct sites *sites = arena_alloc(arena, sizeof(*sites));
	const config_setting_t *list = config_setting_get_member(
	    conf_root(conf), "sites");
	struct compiler c = {
		.reader = { conf, arena, problems },
		.modules = modules,
		.others = names_of(arena, modules),
		.site_table = settings_join(arena, site_options, scope_options,
		    offsetof(struct site_level, scope)),
		.clients_table = settings_join(arena, clients_options,
		    scope_options, offsetof(struct clients_level, scope)),
		.sites = sites,
	};
	struct level top = level_top(&c, base);

	sites->modules = modules;
	for (int p = VB_AT_CONNECT; p <= VB_AT_SESSION_END; p++)
		sites->chains.at[p] = chain_build(
		    (enum vb_point)p, modules, arena, problems);
	if (list == NULL) {
		problems_add(problems, conf_place(conf, conf_root(conf)).file,
		    0, "sites: there is no site, nothing to serve");
		return sites;
	}
	sites->items = arena_alloc(
	    arena, (size_t)config_setting_length(list) * sizeof(struct site));
	each_group(&c, list, "sites", read_site, NULL, &top);
	find_double_names(&c, list);
	return sites;
}
