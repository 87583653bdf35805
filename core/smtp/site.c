/* What a session asks of its site. */
#include "core/smtp/site.h"

#include <string.h>

#include "core/module/where.h"

const struct scope *
site_scope(const struct site *site, const struct address16 *address)
{
	const struct clients_rule *best = NULL;

	for (size_t i = 0; i < site->n_rules; i++) {
		const struct clients_rule *rule = &site->rules[i];

		if (rule->is_unix != (address == NULL))
			continue;
		if (address != NULL && !network_has(&rule->network, address))
			continue;
		if (best == NULL || rule->network.bits > best->network.bits)
			best = rule;
	}
	return best == NULL ? site->everyone : best->scope;
}

bool
site_is_local(const struct site *site, struct vb_str domain)
{
	for (size_t i = 0; i < site->conf.domains.n; i++)
		if (vb_str_eq(site->conf.domains.items[i], domain))
			return true;
	return false;
}

enum source_routes
scope_source_routes(const struct scope *scope)
{
	enum source_routes set = (enum source_routes)
	                             scope->conf.source_routes.value;

	if (set != SOURCE_ROUTES_BY_PROFILE)
		return set;
	return scope->site->profile == PROFILE_RFC821 ? SOURCE_ROUTES_FOLLOW
	                                              : SOURCE_ROUTES_STRIP;
}

bool
scope_keeps_way_back(const struct scope *scope)
{
	return scope->site->profile == PROFILE_RFC821 &&
	       scope_source_routes(scope) == SOURCE_ROUTES_FOLLOW;
}

const struct site *
sites_find(const struct sites *sites, struct vb_str name)
{
	for (size_t i = 0; i < sites->n; i++)
		if (vb_str_eq(sites->items[i].conf.name, name))
			return &sites->items[i];
	return NULL;
}

const struct scope *
sites_find_scope(const struct sites *sites, struct vb_str name)
{
	const char *slash = name.n == 0 ? NULL : memchr(name.p, '/', name.n);
	struct vb_str site = name;

	for (size_t i = 0; i < sites->n_scopes; i++)
		if (vb_str_eq(sites->scopes[i]->name, name))
			return sites->scopes[i];
	if (slash == NULL)
		return NULL;
	site.n = (size_t)(slash - name.p);
	return sites_find_scope(sites, site);
}

bool
scope_limits_mailboxes(const struct scope *scope, struct vb_str for_whom)
{
	const struct module *m = scope->deliver;
	bool limits = true;
	uint64_t before;

	if (m == NULL || m->is.limits == NULL)
		return false;
	if (where_may_call(m)) {
		before = where_enter(m, WHERE_ROOM, 0, for_whom);
		limits = m->is.limits(scope->module_conf[m->index]);
		where_leave(before);
	}
	return limits;
}
