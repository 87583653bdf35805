#ifndef CORE_SMTP_SITE_H
#define CORE_SMTP_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/memory.h"
#include "core/base/network.h"
#include "core/base/problems.h"
#include "core/io/conf.h"
#include "core/module/chain.h"
#include "core/module/loader.h"
#include "core/smtp/extensions.h"
#include "core/smtp/settings.h"
#include "core/smtp/verbs.h"

/*
 * Sites and their scopes, compiled once per generation.
 *
 * A scope is one site as one class of client sees it: every setting merged,
 * every module's struct filled in, every verb enabled or not. A session finds
 * its scope once and then only follows pointers.
 */
struct scope {
	unsigned index;     /* among all scopes of the generation */
	struct vb_str name; /* "public", "public/10.0.0.0/8,::1": for what is
	                       stored, which another generation reads */
	const struct site *site;
	struct scope_conf conf;
	void **module_conf;             /* by module index */
	struct delivery_conf *delivery; /* by module index */
	const struct module *deliver;   /* NULL when no module can */
	struct verbs verbs;
	struct extensions extensions;

	/* The groups of the file it was made of, from the top of the file to
	   the entry of `clients`: whoever explains a setting looks there. */
	const config_setting_t *groups[3];
	size_t n_groups;
};

/* Which clients get which scope. */
struct clients_rule {
	bool is_unix;
	struct vb_network network; /* unless is_unix */
	const struct scope *scope;
};

struct site {
	struct site_conf conf;
	enum profile profile;
	const struct scope *everyone;
	struct clients_rule *rules;
	size_t n_rules;
};

struct chains {
	struct chain at[VB_AT_SESSION_END + 1];
};

struct sites {
	struct site *items;
	size_t n;
	const struct scope **scopes; /* of all sites */
	size_t n_scopes;
	const struct modules *modules;
	struct chains chains;
};

/*
 * Compiles `sites`. `base` is what the top of the file says for every site.
 * Whatever is wrong is in problems. Lives in the arena.
 */
struct sites *sites_build(const struct conf *conf,
    const struct modules *modules, const struct scope_conf *base,
    struct arena *arena, struct problems *problems);

/* The site of that name, or NULL. */
const struct site *sites_find(const struct sites *sites, struct vb_str name);

/* The scope of a client: the longest network that has its address, or `unix`
   (address NULL), else what everyone gets. Never NULL. */
const struct scope *site_scope(
    const struct site *site, const struct address16 *address);

/* The scope of that name; of clients that are no longer told apart, what
   everyone at their site gets. NULL when there is no such site. */
const struct scope *sites_find_scope(
    const struct sites *sites, struct vb_str name);

/* Is this one of the site's domains? It must be in lower case. */
bool site_is_local(const struct site *site, struct vb_str domain);

/* What becomes of source routes in forward-paths; not by profile any more. */
enum source_routes scope_source_routes(const struct scope *scope);

/*
 * Is the route of a reverse-path kept, as the way back: added to when mail is
 * sent on, shown in Return-Path, and followed by notices? RFC 821 §3.6 has it
 * so where routes are followed; RFC 5321 §C, §4.4 and §6.1 have the mailbox
 * alone.
 */
bool scope_keeps_way_back(const struct scope *scope);

/* May a mailbox here be full? The module that delivers says; `for_whom`, a
   session or a message, is told of when that brings the process down. True in
   doubt. */
bool scope_limits_mailboxes(const struct scope *scope, struct vb_str for_whom);

#endif
