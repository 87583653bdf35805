#ifndef CORE_SMTP_LEVELS_H
#define CORE_SMTP_LEVELS_H

#include "core/module/options.h"
#include "core/smtp/site.h"

/*
 * Settings come in levels: defaults, the top of the file, the site, the entry
 * of `clients`. A level is read over a copy of the one before. `enable`,
 * `disable` and `policy` are not merged but carried out, level by level, so
 * that what stands nearer to the client wins.
 */

/* What compiling sites needs all the way down. */
struct compiler {
	struct options_reader reader;
	const struct modules *modules;
	struct options_others others; /* names of the modules, and `clients` */
	const struct vb_option *site_table;    /* of struct site_level */
	const struct vb_option *clients_table; /* of struct clients_level */
	struct sites *sites;
};

/* One level of a site, read: what the next is copied from. */
struct level {
	struct scope_conf conf;
	void **module_conf;
	struct delivery_conf *delivery;
	struct verbs verbs;
	struct extensions extensions;
	const config_setting_t *groups[3]; /* of all levels so far */
	size_t n_groups;
};

/* Adds a problem of this setting: the sentence, and what it is about. */
void level_problem(const struct compiler *c, const config_setting_t *at,
    const char *sentence, struct vb_str what);

/* Defaults, then the top of the file; no verbs yet. */
struct level level_top(const struct compiler *c, const struct scope_conf *base);

/* The next level begins as the one before, but for what is carried out. */
struct level level_copy(const struct compiler *c, const struct level *from);

/* Carries out what is said about verbs in this group, whose settings these
   are. */
void level_switch(const struct compiler *c, const config_setting_t *group,
    const struct scope_conf *conf, struct level *level);

/* Reads the groups of all modules that stand in this group. */
void level_read_modules(const struct compiler *c, const config_setting_t *group,
    struct level *level);

#endif
