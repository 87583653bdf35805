/*
 * verbena explain ADDRESS: the lookups are run, here and now, as RCPT would
 * have them run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/command/explain.h"
#include "core/smtp/address.h"
#include "core/smtp/origin.h"
#include "core/smtp/query.h"
#include "core/smtp/route.h"

static const char *
kind_of(enum vb_kind kind)
{
	static const char *const kinds[] = {
		[VB_PENDING] = "?",
		[VB_MAILBOX] = "a mailbox",
		[VB_LIST] = "a list",
		[VB_FORWARD] = "elsewhere now",
		[VB_AMBIGUOUS] = "ambiguous",
		[VB_RELAY] = "an address",
		[VB_NOBODY] = "no mailbox",
		[VB_CANNOT_TELL] = "?",
	};

	return kinds[kind];
}

static void
print_found(const struct vb_found *f, int indent)
{
	printf("%*s%s", indent, "", kind_of(f->kind));
	if (f->user.n > 0)
		printf(" of %.*s", VB_FMT(f->user));
	if (f->full_name.n > 0)
		printf(", %.*s", VB_FMT(f->full_name));
	if (f->mailbox.n > 0)
		printf(", <%.*s>", VB_FMT(f->mailbox));
	if (f->kind == VB_FORWARD)
		printf(", reply %d", f->reply);
	if (f->is_private)
		printf(", whose members nobody is told");
	printf("\n");
	for (size_t i = 0; i < f->n_items; i++)
		print_found(&f->items[i], indent + 4);
}

/* A name that is being looked up. */
struct asking {
	const struct view *v;
	struct arena *arena;
	const struct vb_path *path;
	struct vb_found whom; /* the last that was found */
};

/* Asks one module; what it said is printed. */
static enum vb_known
ask(struct asking *a, const struct module *m)
{
	static const char *const known[] = {
		[VB_UNKNOWN] = "does not know",
		[VB_KNOWN] = "knows, and nobody else is asked",
		[VB_UNSURE] = "cannot tell, so it is 451",
	};
	struct query q = { .arena = a->arena };
	enum vb_known answer;

	q.is.name = a->path->local;
	q.is.domain = a->path->domain;
	answer = query_run(
	    &q, m, a->v->scope->module_conf[m->index], VB_STR("explain"));
	printf("     it %s\n", known[answer]);
	for (size_t i = 0; i < q.n; i++)
		print_found(&q.items[i], 5);
	if (q.n > 0)
		a->whom = q.items[0];
	return answer;
}

static enum vb_known
ask_all(struct asking *a)
{
	const struct modules *modules = &a->v->g->modules;
	enum vb_known known = VB_UNKNOWN, worst = VB_UNKNOWN;
	int number = 1;

	printf("Asked, in the order of `modules`:\n");
	for (size_t i = 0; i < modules->n && known != VB_KNOWN; i++) {
		const struct module *m = &modules->items[i];

		if (m->is.lookup == NULL)
			continue;
		explain_module(number++, m,
		    m->is.lookup->blocks ? "lookup, in a courier"
					 : "lookup, in the worker");
		known = ask(a, m);
		worst = known == VB_UNSURE ? VB_UNSURE : worst;
		explain_settings(a->v, m);
	}
	return worst == VB_UNSURE ? VB_UNSURE : known;
}

static void
print_delivery(const struct view *v)
{
	const struct module *m = v->scope->deliver;

	if (m == NULL) {
		printf("\nNo module delivers.\n");
		return;
	}
	printf("\nA mailbox gets its mail from module %s (deliver, %s):\n",
	    m->name, view_place(v, origin_setting(v->scope, "deliver")));
	explain_settings(v, m);
}

/* Where mail for a domain of others goes. False: without a way it is refused.
 */
static bool
explain_route(const struct view *v, struct vb_str domain, int refusal)
{
	const struct modules *modules = &v->g->modules;
	struct vb_route route = { .size = sizeof(route), .domain = domain };
	enum vb_known known;
	int number = 1;

	printf("\nAsked where mail for it goes, in the order of `modules`:\n");
	for (size_t i = 0; i < modules->n; i++) {
		if (modules->items[i].is.route == NULL)
			continue;
		explain_module(number++, &modules->items[i], "route");
		explain_settings(v, &modules->items[i]);
	}
	if (number == 1)
		printf("  nobody: no module has routes\n");
	known = route_find_mail(modules, v->scope, VB_STR("explain"), &route);
	if (known == VB_KNOWN && route.keeps)
		printf("It waits for %.*s.\n", VB_FMT(route.keeper));
	if (known == VB_KNOWN && route.via.n > 0)
		printf("It goes to \"%.*s\"%s.\n", VB_FMT(route.via),
		    route.keeps ? " when it is asked for" : "");
	if (known != VB_KNOWN)
		printf("RCPT is answered %d.\n",
		    known == VB_UNSURE ? 451 : refusal);
	return known == VB_KNOWN;
}

/* It is taken for all clients, whoever may relay: if it leads somewhere. */
static void
explain_forward(const struct asking *a)
{
	const struct vb_found *to = &a->whom;
	const bool hides = a->v->scope->conf.forwards.value == FORWARDS_HIDE;
	const int taken = hides ? 250 : 251, refused = hides ? 550 : 551;
	struct vb_path path;

	printf("\nThis client is%s told where that is (forwards, %s).\n",
	    hides ? " not" : "",
	    view_place(a->v, origin_setting(a->v->scope, "forwards")));
	if (to->reply != 251 || address_mailbox(a->arena, a->v->site->profile,
				    to->mailbox, &path) != ADDRESS_GOOD)
		printf("RCPT is answered %d.\n", refused);
	else if (site_is_local(a->v->site, path.domain))
		printf("RCPT is answered %d if <%.*s> is reached, else %d.\n",
		    taken, VB_FMT(to->mailbox), refused);
	else if (explain_route(a->v, path.domain, refused))
		printf("RCPT is answered %d.\n", taken);
}

static void
explain_found(const struct asking *a)
{
	if (a->whom.kind == VB_FORWARD) {
		explain_forward(a);
		return;
	}
	if (a->whom.kind == VB_LIST)
		printf("\nRCPT is answered 250 if every member is reached, "
		       "else 550.\n");
	print_delivery(a->v);
}

static int
explain_local(
    const struct view *v, struct arena *arena, const struct vb_path *path)
{
	const config_setting_t *domains = config_setting_get_member(
	    v->scope->groups[1], "domains");
	struct asking a = { .v = v, .arena = arena, .path = path };
	enum vb_known known;

	printf(
	    "\n%.*s is a name in %.*s, a domain of the site (domains, %s).\n",
	    VB_FMT(path->local), VB_FMT(path->domain), view_place(v, domains));
	known = ask_all(&a);
	printf("\nRCPT also asks:\n");
	if (explain_chain(v, VB_AT_RCPT, explain_chain(v, VB_AT_COMMAND, 1)) ==
	    1)
		printf("  nobody else\n");
	if (known == VB_KNOWN)
		explain_found(&a);
	else
		printf("\nRCPT is answered %s.\n",
		    known == VB_UNSURE ? "451" : "550");
	return EXIT_SUCCESS;
}

/* What is kept is taken from everybody. */
static bool
is_kept(const struct view *v, struct vb_str domain)
{
	struct vb_route route = { .size = sizeof(route), .domain = domain };

	return route_find(&v->g->modules, v->scope, VB_STR("explain"),
		   &route) == VB_KNOWN &&
	       route.keeps;
}

/* A domain of others. */
static int
explain_elsewhere(const struct view *v, struct vb_str domain)
{
	printf("\n%.*s is no domain of the site: no lookup is asked.\n",
	    VB_FMT(domain));
	printf("This client %s relay (may_relay, %s).\n",
	    v->scope->conf.may_relay ? "may" : "may not",
	    view_place(v, origin_setting(v->scope, "may_relay")));
	if (v->scope->conf.may_relay || is_kept(v, domain))
		explain_route(v, domain, 550);
	else
		printf("RCPT is answered 550.\n");
	return EXIT_SUCCESS;
}

int
explain_address(const struct view *v, struct vb_str text)
{
	struct arena *arena = arena_create();
	const struct vb_strings *domains = &v->site->conf.domains;
	struct vb_path path;
	int code = EXIT_SUCCESS;

	if (address_mailbox(arena, v->site->profile, text, &path) !=
	    ADDRESS_GOOD) {
		fprintf(stderr, "verbena: no verb, and no address: \"%.*s\"\n",
		    VB_FMT(text));
		arena_destroy(arena);
		return EXIT_FAILURE;
	}
	if (path.domain.n == 0 && domains->n > 0)
		path.domain = domains->items[0];
	if (site_is_local(v->site, path.domain))
		code = explain_local(v, arena, &path);
	else
		code = explain_elsewhere(v, path.domain);
	arena_destroy(arena);
	return code;
}
