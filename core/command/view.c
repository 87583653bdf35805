/* A site as one client sees it. */
#include "core/command/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/process.h"

/* What the command line says. */
struct words {
	const char *site, *from, *as, *subject;
};

static bool
parse(const struct command_line *line, struct words *words)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "--site", &words->site },
		{ "--from", &words->from },
		{ "--as", &words->as },
	};
	const size_t n = sizeof(options) / sizeof(options[0]);

	for (int i = 1; i < line->argc; i++) {
		size_t k = 0;

		while (k < n && strcmp(options[k].name, line->argv[i]) != 0)
			k++;
		if (k < n && i + 1 < line->argc)
			*options[k].value = line->argv[++i];
		else if (k < n || line->argv[i][0] == '-' ||
			 words->subject != NULL)
			return false;
		else
			words->subject = line->argv[i];
	}
	return true;
}

static bool
become_user(const struct conf *conf)
{
	struct problems ignored = { 0 };
	struct arena *arena = arena_create();
	struct account account;
	struct top_conf top;
	char name[64];
	bool ok = true;

	if (geteuid() == 0) {
		settings_read(conf, NULL, arena, &ignored, &top);
		snprintf(name, sizeof(name), "%.*s", VB_FMT(top.process.user));
		ok = account_find(name, &account) && process_become(&account);
		if (!ok)
			fprintf(
			    stderr, "verbena: cannot become \"%s\"\n", name);
	}
	arena_destroy(arena);
	return ok;
}

static struct generation *
load(const char *file)
{
	struct problems problems = { 0 };
	struct conf *conf = conf_read(file, &problems);
	struct generation *g = NULL;

	if (conf != NULL && become_user(conf))
		g = generation_load(conf, &problems);
	problems_print(&problems, stderr);
	problems_finish(&problems);
	return g;
}

static const struct site *
find_site(const struct sites *sites, const char *name)
{
	for (size_t i = 0; i < sites->n; i++)
		if (name == NULL ||
		    vb_str_eq(sites->items[i].conf.name, vb_str(name)))
			return &sites->items[i];
	fprintf(stderr, "verbena: there is no site \"%s\"\n",
	    name == NULL ? "" : name);
	return NULL;
}

static const struct scope *
find_scope(const struct site *site, const char *from)
{
	struct vb_network network;
	struct address16 address;

	if (from == NULL)
		return site->everyone;
	if (strcmp(from, "unix") == 0)
		return site_scope(site, NULL);
	if (strchr(from, '/') != NULL ||
	    network_parse(vb_str(from), &network) != NULL) {
		fprintf(stderr,
		    "verbena: --from: \"%s\" is no address, nor \"unix\"\n",
		    from);
		return NULL;
	}
	memcpy(address.octets, network.address, sizeof(address.octets));
	return site_scope(site, &address);
}

int
view_open(struct view *v, const struct command_line *line)
{
	struct words words = { 0 };

	*v = (struct view){ 0 };
	if (!parse(line, &words))
		return EXIT_USAGE;
	if (words.as != NULL) {
		fprintf(stderr, "verbena: --as: no client can authenticate\n");
		return EXIT_FAILURE;
	}
	v->from = words.from;
	v->subject = words.subject;
	v->g = load(line->file);
	if (v->g != NULL)
		v->site = find_site(v->g->sites, words.site);
	if (v->site != NULL)
		v->scope = find_scope(v->site, words.from);
	if (v->scope != NULL)
		return EXIT_SUCCESS;
	view_close(v);
	return EXIT_FAILURE;
}

void
view_close(struct view *v)
{
	generation_destroy(v->g);
	v->g = NULL;
}

const char *
view_place(const struct view *v, const config_setting_t *at)
{
	static char text[4200];
	struct conf_place place;

	if (at == NULL)
		return "by default";
	place = conf_place(v->g->conf, at);
	snprintf(text, sizeof(text), "%s:%d", place.file, place.line);
	return text;
}

void
view_print(const struct view *v)
{
	const struct scope *scope = v->scope;

	printf("site %.*s", VB_FMT(v->site->conf.name));
	printf(" (%s), profile %s, for %s", view_place(v, scope->groups[1]),
	    v->site->profile == PROFILE_RFC821 ? "rfc821" : "rfc5321",
	    v->from == NULL ? "whoever `clients` does not name" : v->from);
	if (scope->n_groups > 2)
		printf(" (clients, %s)", view_place(v, scope->groups[2]));
	printf("\n");
}

int
view_answer(const struct view *v, const struct verb *verb)
{
	if (verb->is_enabled && verb->requires == 0)
		return 0;
	if (verb->is_enabled && v->site->profile != PROFILE_RFC821)
		return 530;
	return v->scope->conf.disabled_reply;
}
