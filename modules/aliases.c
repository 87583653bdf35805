/*
 * Aliases: names that stand for other addresses, in files of the form that
 * sendmail has (aliases(5); modules/alias_file.h tells it).
 *
 *	postmaster:	smith
 *	people:		smith, Joe Foo <joe@foo.test>,
 *			:include:/etc/mail/people
 *	smith:		\smith, backup@foo.test
 *
 * An alias is a list of those it stands for, in each domain of the site. With
 * reply = 251, one that stands for a single address in another domain is
 * somebody who has moved there. A
 * program ("|...") or a file ("/...") is no one to deliver to: such a member is
 * neither reached nor shown, so mail to the alias is refused. Who owns a list,
 * "owner-people", is nobody's business either.
 *
 * A file is read when it has changed. An entry with an error cannot be used: it
 * is told in the log with its line, and the name answered "cannot tell", so
 *that nobody is denied for a slip of the pen. If even the name of an entry is
 * unknown, that goes for all names that are not found.
 *
 * Every lookup compares with every entry, whether the name is there or not.
 */
#include <verbena/module.h>
#include <verbena/name.h>

#include "alias_table.h"

enum { DEEPEST = 8, MOST_MEMBERS = 10000 };

struct aliases_conf {
	struct vb_strings files;
	int reply;
};

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

static bool
is_owner(struct vb_str name)
{
	return alias_take_prefix(&name, VB_STR("owner-"));
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

/* Is it somebody who has moved? Owners of lists have not. */
static bool
has_moved(const struct gathering *g, const struct aliases_conf *c)
{
	const struct vb_found *one = g->items;
	struct vb_str local, domain;

	return c->reply == 251 && g->n == 1 && !is_owner(g->name) &&
	       one->kind == VB_RELAY && !one->is_final &&
	       vb_part(one->mailbox, &local, &domain) && domain.n > 0 &&
	       !vb_str_ieq(domain, g->q->domain);
}

static void
tell_found(const struct gathering *g, const struct aliases_conf *c)
{
	const struct vb_found list = {
		.kind = VB_LIST,
		.user = g->name,
		.items = g->items,
		.n_items = g->n,
		.is_private = is_owner(g->name),
	};
	struct vb_found moved = { .kind = VB_FORWARD, .reply = 251 };

	if (has_moved(g, c)) {
		moved.mailbox = g->items->mailbox;
		vb_found(g->q, &moved);
	} else {
		vb_found(g->q, &list);
	}
}

static enum vb_known
report(struct vb_query *q, const struct alias_entry *e,
    const struct aliases_conf *c)
{
	struct gathering g = { .q = q, .name = e->name };

	gather(&g, e->members, false);
	if (!g.has_failed)
		tell_found(&g, c);
	forget_all(&g);
	return g.has_failed ? VB_UNSURE : VB_KNOWN;
}

static enum vb_known
find_in(struct vb_query *q, const struct file *f, const struct aliases_conf *c)
{
	const struct vb_str local = vb_query_local(q);
	const struct alias_entry *found = NULL;

	for (size_t i = 0; i < f->n; i++)
		if (vb_str_ieq(f->entries[i].name, local))
			found = &f->entries[i];
	if (found == NULL)
		return f->has_nameless ? VB_UNSURE : VB_UNKNOWN;
	return found->wrong != NULL ? VB_UNSURE : report(q, found, c);
}

/* The first file that has the name decides. */
static enum vb_known
find(struct vb_query *q, const void *conf)
{
	const struct aliases_conf *c = conf;
	enum vb_known known = VB_UNKNOWN;

	for (size_t i = 0; i < c->files.n && known == VB_UNKNOWN; i++) {
		const struct file *f = load(q, c->files.items[i]);

		known = f == NULL ? VB_UNSURE : find_in(q, f, c);
	}
	return known;
}

static const char *
check_files(const void *field)
{
	const struct vb_strings *paths = field;

	for (size_t i = 0; i < paths->n; i++)
		if (paths->items[i].n == 0)
			return "want no empty path";
	return paths->n > FILES ? "want fewer files" : NULL;
}

static const char *
check_reply(const void *field)
{
	const int *reply = field;

	return *reply == 250 || *reply == 251 ? NULL : "want 250 or 251";
}

static const struct vb_option options[] = {
	VB_OPTION(struct aliases_conf, files, "/etc/aliases",
	    "Where the aliases are, in the form of aliases(5). The first file "
	    "that has a name decides. A file is read again when it has changed; "
	    "it must not be writable by everyone. What is wrong with it is told "
	    "in the log with its line.",
	    .check = check_files),
	VB_OPTION(struct aliases_conf, reply, "250",
	    "What an alias for one address in another domain is. 250: another "
	    "name for it, and nobody is told for what. 251: somebody who has "
	    "moved there, as with the forwards of the directory.",
	    .check = check_reply),
	{ 0 },
};

static const struct vb_lookup lookup = {
	VB_LOOKUP,
	.find = find,
	.blocks = true,
};

VB_MODULE(aliases, "1.0"){
	.about = "names that stand for others, in files as sendmail has them",
	.conf_size = sizeof(struct aliases_conf),
	.options = options,
	.lookup = &lookup,
};
