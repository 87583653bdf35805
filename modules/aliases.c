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
 * somebody who has moved there. A program ("|...") or a file ("/...") is no one
 * to deliver to: such a member is neither reached nor shown, so mail to the
 * alias is refused. Who owns a list, "owner-people", is nobody's business
 * either.
 *
 * A file is read when it has changed. An entry with an error cannot be used: it
 * is told by `verbena check` and in the log with its line, and its name
 * answered "cannot tell": nobody is denied for a slip of the pen. If even the
 * name of an entry is unknown, that goes for all names that are not found.
 *
 * Every lookup compares with every entry, whether the name is there or not.
 */
#include <verbena/module.h>
#include <verbena/name.h>

#include "alias_members.h"

struct aliases_conf {
	struct vb_strings files;
	int reply;
};

static bool
is_owner(struct vb_str name)
{
	return alias_take_prefix(&name, VB_STR("owner-"));
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
	       !vb_str_ieq(domain, g->domain);
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
		vb_found(g->to->query, &moved);
	} else {
		vb_found(g->to->query, &list);
	}
}

static enum vb_known
report(const struct hearer *to, const struct file *f,
    const struct alias_entry *e, const struct aliases_conf *c)
{
	struct gathering g = { .to = to, .domain = to->query->domain };

	gather_alias(&g, f, e);
	if (!g.has_failed)
		tell_found(&g, c);
	forget_all(&g);
	return g.has_failed ? VB_UNSURE : VB_KNOWN;
}

static enum vb_known
find_in(
    const struct hearer *to, const struct file *f, const struct aliases_conf *c)
{
	const struct vb_str local = vb_query_local(to->query);
	const struct alias_entry *found = NULL;

	for (size_t i = 0; i < f->n; i++)
		if (vb_str_ieq(f->entries[i].name, local))
			found = &f->entries[i];
	if (found == NULL)
		return f->has_nameless ? VB_UNSURE : VB_UNKNOWN;
	return found->wrong != NULL ? VB_UNSURE : report(to, f, found, c);
}

/* The first file that has the name decides. */
static enum vb_known
find(struct vb_query *q, const void *conf)
{
	const struct aliases_conf *c = conf;
	const struct hearer log = { .query = q };
	enum vb_known known = VB_UNKNOWN;

	for (size_t i = 0; i < c->files.n && known == VB_UNKNOWN; i++) {
		const struct file *f = load(&log, c->files.items[i]);

		known = f == NULL ? VB_UNSURE : find_in(&log, f, c);
	}
	return known;
}

/* What no lookup could use. */
static void
check_file(const struct hearer *to, const struct file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct gathering g = { .to = to };

		if (f->entries[i].wrong == NULL)
			gather_alias(&g, f, &f->entries[i]);
		forget_all(&g);
	}
}

static void
check(struct vb_check *c, const void *conf)
{
	const struct aliases_conf *settings = conf;
	const struct hearer to = { .check = c };

	for (size_t i = 0; i < settings->files.n; i++) {
		const struct vb_str path = settings->files.items[i];
		const struct file *f = NULL;

		if (path.n > 0)
			f = load(&to, path);
		if (f != NULL)
			check_file(&to, f);
	}
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
	VB_OPTION(struct aliases_conf, files, THE_FILE,
	    "Where the aliases are, in the form of aliases(5). The first file "
	    "that has a name decides. A file is read again when it has changed; "
	    "it must not be writable by everyone. " THE_FILE " need not be "
	    "there, others must. What is wrong with one is told by `verbena "
	    "check`, and in the log, with its line.",
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
	.check = check,
};
