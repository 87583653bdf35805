/*
 * Whom an alias stands for: its members, and those that included files have.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_ALIAS_MEMBERS_H
#define MODULES_ALIAS_MEMBERS_H

#include <verbena/name.h>

#include "alias_table.h"

enum { DEEPEST = 8, MOST_MEMBERS = 10000 };

/* A text that lives as long as the gathering. */
struct piece {
	struct piece *next;
	char text[];
};

/* A file that members are read from, and how far that is. */
struct source {
	const char *path;
	struct text text;
	struct stat st;
	const char *at;
};

/* The members of one alias, as they are found. */
struct gathering {
	const struct hearer *to;
	struct vb_str domain; /* that is asked about */
	struct vb_str name;   /* of the alias */
	struct vb_found *items;
	size_t n, room;
	struct piece *pieces;
	struct source from[DEEPEST]; /* the aliases; then included files */
	int deep;
	bool has_failed;
};

static int
line_of(const struct source *from)
{
	int line = 1;

	for (const char *p = from->text.p; p < from->at; p++)
		line += *p == '\n';
	return line;
}

/* `what` is NULL or the file that is meant. Who checks is not told the alias
   where the fault lies in a file that any may include. */
static void
fail(struct gathering *g, const char *what, const char *why)
{
	const struct source *from = &g->from[g->deep];
	const struct vb_str name = g->deep == 0 ? g->name : VB_STR("");
	const char *colon = what == NULL ? "" : ": ";

	what = what == NULL ? "" : what;
	g->has_failed = true;
	if (g->to->check == NULL)
		vb_query_log(g->to->query, VB_ERROR, "bad-alias",
		    "name=%.*s %s:%d: %s%s%s", VB_FMT(g->name), from->path,
		    line_of(from), what, colon, why);
	else
		vb_wrong(g->to->check, from->path, line_of(from),
		    "%.*s%s%s%s%s", VB_FMT(name), name.n > 0 ? ": " : "", what,
		    colon, why);
}

/* A copy with a NUL; NULL when there is no memory for it. */
static const char *
copy(struct gathering *g, struct vb_str text)
{
	struct piece *piece = calloc(1, sizeof(*piece) + text.n + 1);

	if (piece == NULL) {
		g->has_failed = true;
		return NULL;
	}
	if (text.n > 0)
		memcpy(piece->text, text.p, text.n);
	piece->next = g->pieces;
	g->pieces = piece;
	return piece->text;
}

/* Takes the texts over: those of an included file do not live long enough. */
static void
add(struct gathering *g, const struct vb_found *member)
{
	struct vb_found *more, item = *member;

	if (g->n == MOST_MEMBERS) {
		fail(g, NULL, "has too many members");
		return;
	}
	if (g->n == g->room) {
		g->room = g->room == 0 ? 16 : g->room * 2;
		more = realloc(g->items, g->room * sizeof(*more));
		if (more == NULL) {
			g->has_failed = true;
			return;
		}
		g->items = more;
	}
	item.mailbox.p = copy(g, member->mailbox);
	item.full_name.p = copy(g, member->full_name);
	g->items[g->n++] = item;
}

/* Whoever is an alias for himself, and others, has a mailbox as well. */
static bool
is_itself(const struct gathering *g, struct vb_str address)
{
	struct vb_str local, domain;

	if (vb_part(address, &local, &domain) && !vb_str_ieq(domain, g->domain))
		return false;
	return vb_str_ieq(local, g->name);
}

static void gather(struct gathering *g, struct vb_str members, bool included);

/* Is this file being read already, further out? */
static bool
is_within(const struct gathering *g, const struct stat *st)
{
	for (int i = 0; i <= g->deep; i++)
		if (g->from[i].st.st_dev == st->st_dev &&
		    g->from[i].st.st_ino == st->st_ino)
			return true;
	return false;
}

/* NULL, or why the members in it cannot be had. */
static const char *
open_source(const struct gathering *g, struct source *from)
{
	const char *wrong;

	if (g->deep == DEEPEST - 1)
		return "includes are nested too deeply";
	if (*from->path != '/')
		return "its path does not begin with \"/\"";
	wrong = read_file(from->path, &from->text, &from->st);
	if (wrong == NULL && is_within(g, &from->st))
		wrong = "includes itself";
	return wrong;
}

static void
include(struct gathering *g, struct vb_str name)
{
	struct source from = { .path = copy(g, name) };
	const char *wrong;

	if (from.path == NULL)
		return;
	wrong = open_source(g, &from);
	if (wrong != NULL) {
		fail(g, from.path, wrong);
	} else {
		g->from[++g->deep] = from;
		gather(g, (struct vb_str){ from.text.p, from.text.n }, true);
		g->deep--;
	}
	free(from.text.p);
}

static void
gather_one(struct gathering *g, const struct alias_member *m)
{
	struct vb_found item = {
		.kind = VB_RELAY, /* an address: the core looks it up */
		.mailbox = m->text,
		.full_name = m->full_name,
		.is_final = m->kind == ALIAS_FINAL || is_itself(g, m->text),
	};

	switch (m->kind) {
	case ALIAS_ADDRESS:
	case ALIAS_FINAL:
		add(g, &item);
		return;
	case ALIAS_INCLUDE:
		include(g, m->text);
		return;
	case ALIAS_PROGRAM:
	case ALIAS_FILE:
		add(g, &(struct vb_found){ .kind = VB_NOBODY });
		return;
	case ALIAS_WRONG:
		fail(g, NULL, "has a member that is no address");
		return;
	}
}

/* A lookup ends with the first fault; who checks wants them all. */
static bool
goes_on(const struct gathering *g)
{
	return !g->has_failed || (g->to->check != NULL && g->n < MOST_MEMBERS);
}

static void
gather(struct gathering *g, struct vb_str members, bool included)
{
	struct alias_member m;

	while (goes_on(g) && alias_member_next(&members, included, &m)) {
		g->from[g->deep].at = m.text.p;
		gather_one(g, &m);
	}
}

static void
gather_alias(
    struct gathering *g, const struct file *f, const struct alias_entry *e)
{
	g->name = e->name;
	g->from[0] = (struct source){ f->path, f->text, f->st, e->name.p };
	gather(g, e->members, false);
}

static void
forget_all(struct gathering *g)
{
	struct piece *next;

	for (struct piece *piece = g->pieces; piece != NULL; piece = next) {
		next = piece->next;
		free(piece);
	}
	free(g->items);
}

#endif
