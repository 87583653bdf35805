/*
 * The members of one alias, with those of files that it includes.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_ALIAS_MEMBERS_H
#define MODULES_ALIAS_MEMBERS_H

#include <stdlib.h>
#include <string.h>

#include <verbena/lookup.h>
#include <verbena/name.h>

#include "alias_table.h"

enum { DEEPEST = 8, MOST_MEMBERS = 10000 };

/* A text that lives as long as the gathering. */
struct piece {
	struct piece *next;
	char text[];
};

/* The members of one alias, as they are found. */
struct gathering {
	struct vb_query *q;
	struct vb_str name; /* of the alias */
	struct vb_found *items;
	size_t n, room;
	struct piece *pieces;
	struct text texts[DEEPEST]; /* of included files, being read */
	int deep;
	bool has_failed;
};

static void
fail(struct gathering *g, const char *path, const char *why)
{
	vb_query_log(g->q, VB_ERROR, "bad-alias", "name=%.*s %s: %s",
	    VB_FMT(g->name), path, why);
	g->has_failed = true;
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
		fail(g, "members", "too many");
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

	if (vb_part(address, &local, &domain) &&
	    !vb_str_ieq(domain, g->q->domain))
		return false;
	return vb_str_ieq(local, g->name);
}

static void gather(struct gathering *g, struct vb_str members, bool included);

static void
include(struct gathering *g, struct vb_str name)
{
	const char *path = copy(g, name);
	struct text *text = &g->texts[g->deep];
	const char *wrong = NULL;
	struct stat st;

	if (path == NULL)
		return;
	if (g->deep == DEEPEST - 1)
		wrong = "includes are nested too deeply";
	else if (*path != '/')
		wrong = "its path does not begin with \"/\"";
	else
		wrong = read_file(path, text, &st);
	if (wrong == NULL) {
		g->deep++;
		gather(g, (struct vb_str){ text->p, text->n }, true);
		g->deep--;
		free(text->p);
	} else {
		fail(g, path, wrong);
	}
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
		fail(g, "members", "one is no address");
		return;
	}
}

static void
gather(struct gathering *g, struct vb_str members, bool included)
{
	struct alias_member m;

	while (!g->has_failed && alias_member_next(&members, included, &m))
		gather_one(g, &m);
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
