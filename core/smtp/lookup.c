/*
 * Who is this? The lookup service of a session.
 *
 * The modules are asked in the order of `modules`, each about the same query.
 * What was asked is remembered for the command, so that a guard and the verb
 * get one answer, and a verb which waited asks again and goes on. It is not
 * kept longer: a client could make it grow. A module that blocks is asked in a
 * courier, through the host.
 */
#include <string.h>

#include "core/smtp/address.h"
#include "core/smtp/query.h"
#include "core/smtp/state.h"

static const struct vb_found pending = {
	.size = sizeof(struct vb_found),
	.kind = VB_PENDING,
};

static bool
is_same(const struct asked *a, const struct vb_query *query, size_t first)
{
	return a->first == first && a->query.by_text == query->by_text &&
	       vb_str_eq(a->query.name, query->name) &&
	       vb_str_eq(a->query.domain, query->domain);
}

/* `first` is the first module to ask. */
static struct asked *
recall(struct session *s, const struct vb_query *query, size_t first)
{
	struct arena *arena = s->command_arena;
	struct asked *a = s->asked;

	while (a != NULL && !is_same(a, query, first))
		a = a->next;
	if (a != NULL)
		return a;
	a = arena_alloc(arena, sizeof(*a));
	a->query = *query;
	a->query.name = arena_copy(arena, query->name);
	a->query.domain = arena_copy(arena, query->domain);
	a->first = a->module = first;
	a->next = s->asked;
	s->asked = a;
	return a;
}

/* A question to one more module: what it finds comes behind what was found. */
static struct query
next_query(const struct session *s, const struct asked *a)
{
	return (struct query){ .is = a->query,
		.arena = s->command_arena,
		.items = a->matches,
		.n = a->n_matches };
}

static void
take_matches(struct session *s, struct asked *a, enum vb_known known,
    const struct query *q)
{
	a->matches = q->items;
	a->n_matches = q->n;
	if (known == VB_UNSURE)
		a->is_unsure = true;
	a->module = known == VB_KNOWN ? s->sites->modules->n : a->module + 1;
}

/* Asks the modules that were not asked yet. False: one must be waited for. */
static bool
ask_modules(struct session *s, struct asked *a)
{
	const struct modules *modules = s->sites->modules;

	while (a->module < modules->n) {
		const struct module *m = &modules->items[a->module];
		struct query q;
		enum vb_known known;

		if (m->is.lookup == NULL) {
			a->module++;
			continue;
		}
		if (m->is.lookup->blocks) {
			a->number = ++s->last_number;
			s->out++;
			s->host->ask(
			    s->host_data, a->number, s->scope, m, &a->query);
			return false;
		}
		q = next_query(s, a);
		known = query_run(
		    &q, m, s->scope->module_conf[m->index], s->client.session);
		take_matches(s, a, known, &q);
	}
	return true;
}

static enum vb_match
best_match(const struct asked *a)
{
	enum vb_match best = VB_BY_SURNAME;

	for (size_t i = 0; i < a->n_matches; i++)
		if (a->matches[i].match < best)
			best = a->matches[i].match;
	return best;
}

/* The matches that fit best, in front. */
static size_t
sort_out(struct asked *a)
{
	enum vb_match best = a->query.by_text ? best_match(a) : VB_BY_NAME;
	size_t n = 0;

	for (size_t i = 0; i < a->n_matches; i++)
		if (a->matches[i].match == best)
			a->matches[n++] = a->matches[i];
	a->n_matches = n;
	return n;
}

static struct vb_found
conclude(struct session *s, struct asked *a)
{
	size_t n = sort_out(a);
	struct vb_found answer = { .size = sizeof(answer) };

	for (size_t i = 0; i < n; i++)
		members_complete(s, &a->matches[i], a->query.domain);
	if (a->is_unsure) { /* whoever knew it was asked only after that */
		answer.kind = VB_CANNOT_TELL;
		return answer;
	}
	if (n == 0) {
		answer.kind = VB_NOBODY;
		return answer;
	}
	if (n == 1 || a->matches[0].match == VB_BY_NAME)
		return a->matches[0];
	answer.kind = VB_AMBIGUOUS;
	answer.match = a->matches[0].match;
	answer.items = a->matches;
	answer.n_items = n;
	return answer;
}

static const struct vb_found *
resolve(struct session *s, struct asked *a)
{
	if (a->is_done)
		return &a->answer;
	if (a->is_resolving)
		return &members_none;
	if (a->number != 0 || !ask_modules(s, a))
		return &pending;
	if (!a->is_concluded)
		a->answer = conclude(s, a);
	a->is_concluded = true;
	a->is_resolving = true;
	a->is_done = members_resolve(s, a);
	a->is_resolving = false;
	return a->is_done ? &a->answer : &pending;
}

const struct vb_found *
lookup_path(
    struct session *s, const struct vb_path *path, size_t first, bool trusted)
{
	struct vb_str route = ours_route(s, path->route);
	struct vb_query query = {
		.size = sizeof(query),
		.name = path->local,
		.domain = path->domain,
	};
	bool is_own = path->domain.n == 0 || ours_is_literal(s, path->domain);

	if (path->route.n > 0 && !trusted &&
	    scope_source_routes(s->scope) == SOURCE_ROUTES_REJECT)
		return relay_refused(s, path);
	if (is_own)
		query.domain = ours_first(s);
	if ((!is_own && !site_is_local(s->scope->site, query.domain)) ||
	    route.n > 0)
		return relay_found(s, path, route, trusted);
	return resolve(s, recall(s, &query, first));
}

const struct vb_found *
core_lookup(struct vb_session *vs, const struct vb_path *path)
{
	return lookup_path(session_of(vs), path, 0, false);
}

const struct vb_found *
core_lookup_text(struct vb_session *vs, struct vb_str text)
{
	struct session *s = session_of(vs);
	struct vb_query query = { .size = sizeof(query), .by_text = true };
	struct vb_path path;

	if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>') {
		text.p++;
		text.n -= 2;
	}
	if (memchr(text.p, '@', text.n) != NULL &&
	    address_mailbox(s->command_arena, session_profile(s), text,
		&path) == ADDRESS_GOOD)
		return core_lookup(vs, &path);
	query.name = text;
	query.domain = ours_first(s);
	return resolve(s, recall(s, &query, 0));
}

static struct asked *
find_number(struct asked *a, unsigned number)
{
	while (a != NULL && a->number != number)
		a = a->next;
	return a;
}

void
lookup_answer(struct session *s, unsigned number, enum vb_known known,
    const struct vb_found *found, size_t n)
{
	struct asked *a = find_number(s->asked, number);
	struct query q;

	if (a == NULL)
		return;
	a->number = 0;
	q = next_query(s, a);
	for (size_t i = 0; i < n; i++)
		query_found(&q.is, &found[i]);
	take_matches(s, a, known, &q);
}
