/*
 * The directory: who is who here, written down in the configuration.
 *
 *	users      name, full_name, mailbox; mail to any of them is theirs
 *	lists      several addresses under one name
 *	forwards   elsewhere now: 251 tells and forwards, 551 tells and refuses
 *		   (RFC 821 §3.2, RFC 5321 §3.4)
 *
 * A user is known by its name, in each domain of the site, and by its mailbox;
 * to what a person typed also by full name and surname. Case does not count in
 * local parts: RFC 5321 §2.4 leaves that to the host that has the mailbox.
 *
 * A name that is not there costs what one that is does: every row of every
 * table is looked at. Only a list that is found costs more, for its members.
 */
#include <stdlib.h>

#include <verbena/module.h>
#include <verbena/name.h>

struct directory_conf {
	struct vb_list users;    /* of struct user */
	struct vb_list lists;    /* of struct mailing_list */
	struct vb_list forwards; /* of struct forward */
};

struct user {
	struct vb_str name, full_name, mailbox, password;
};

struct mailing_list {
	struct vb_str name;
	struct vb_strings members;
	struct vb_choice access; /* enum access */
};

enum access { ACCESS_PUBLIC, ACCESS_NOBODY };

struct forward {
	struct vb_str from, to;
	int reply;
};

/* Delivery modules make file names of it. */
static const char *
check_name(const void *field)
{
	const struct vb_str *name = field;

	if (name->n > 0 && *name->p != '.' && !memchr(name->p, '/', name->n))
		return NULL;
	return "want a name without \"/\" that does not begin with \".\"";
}

static const char *
check_address(const void *field)
{
	const struct vb_str *text = field;
	struct vb_str local, domain;

	if (vb_part(*text, &local, &domain) && local.n > 0 && domain.n > 0)
		return NULL;
	return "want an address, local@domain";
}

static const char *
check_members(const void *field)
{
	const struct vb_strings *members = field;

	for (size_t i = 0; i < members->n; i++)
		if (members->items[i].n == 0)
			return "want no empty member";
	return NULL;
}

static const char *
check_reply(const void *field)
{
	const int *reply = field;

	return *reply == 251 || *reply == 551 ? NULL : "want 251 or 551";
}

static const struct vb_option user_options[] = {
	VB_OPTION(struct user, name, "",
	    "What the user is called, and what {user} becomes.",
	    .is_required = true, .check = check_name),
	VB_OPTION(struct user, full_name, "",
	    "\"Fred Smith\". VRFY and EXPN find it, and its last word."),
	VB_OPTION(struct user, mailbox, "",
	    "The address to show, and one more that leads to the user. Else it "
	    "is the name, at the domain that was asked.",
	    .check = check_address),
	VB_OPTION(struct user, password, "", "Hashed. No verb asks for it yet.",
	    .is_secret = true),
	{ 0 },
};

static const struct vb_option list_options[] = {
	VB_OPTION(struct mailing_list, name, "",
	    "What the list is called, in each domain of the site.",
	    .is_required = true, .check = check_name),
	VB_OPTION(struct mailing_list, members, "",
	    "Names of users, and addresses: \"smith\", \"joe@foo.example\", "
	    "\"Joe Foo <joe@foo.example>\".",
	    .check = check_members),
	VB_OPTION(struct mailing_list, access, "public",
	    "Who may be told the members by EXPN, where that tells anything.",
	    .choices = "public|nobody"),
	{ 0 },
};

static const struct vb_option forward_options[] = {
	VB_OPTION(struct forward, from, "",
	    "The address that mail for somebody who has left comes to.",
	    .is_required = true, .check = check_address),
	VB_OPTION(struct forward, to, "", "Where that somebody is now.",
	    .is_required = true, .check = check_address),
	VB_OPTION(struct forward, reply, "251",
	    "251: tell and forward. 551: tell and refuse.",
	    .check = check_reply),
	{ 0 },
};

static const struct vb_option options[] = {
	VB_OPTION(struct directory_conf, users, "", "The users.",
	    .group = user_options, .item_size = sizeof(struct user)),
	VB_OPTION(struct directory_conf, lists, "", "The mailing lists.",
	    .group = list_options, .item_size = sizeof(struct mailing_list)),
	VB_OPTION(struct directory_conf, forwards, "", "Who went elsewhere.",
	    .group = forward_options, .item_size = sizeof(struct forward)),
	{ 0 },
};

/* One query on its way through the tables. */
struct search {
	struct vb_query *q;
	const struct directory_conf *conf;
	struct vb_str local; /* empty: in no domain we were asked for */
	enum vb_known known;
};

static void
report(struct search *s, const struct vb_found *whom)
{
	vb_found(s->q, whom);
	if (whom->match == VB_BY_NAME)
		s->known = VB_KNOWN;
}

static inline bool
is_asked(const struct search *s, struct vb_str mailbox)
{
	const size_t at = s->local.n; /* where its "@" is, if it is that one */
	const struct vb_str domain = s->q->domain;

	return mailbox.n == at + 1 + domain.n && mailbox.p[at] == '@' &&
	       vb_str_ieq((struct vb_str){ mailbox.p, at }, s->local) &&
	       vb_str_ieq(
		   (struct vb_str){ mailbox.p + at + 1, domain.n }, domain);
}

static bool
recognise(const struct search *s, const struct user *u, enum vb_match *by)
{
	*by = VB_BY_NAME;
	return vb_str_ieq(u->name, s->local) || is_asked(s, u->mailbox) ||
	       (s->q->by_text && vb_name_match(u->full_name, s->q->name, by));
}

static struct vb_found
tell(const struct user *u)
{
	return (struct vb_found){
		.kind = VB_MAILBOX,
		.user = u->name,
		.full_name = u->full_name,
		.mailbox = u->mailbox,
	};
}

static void
search_users(struct search *s)
{
	const struct user *users = s->conf->users.items;
	struct vb_found whom;
	enum vb_match by;

	for (size_t i = 0; i < s->conf->users.n; i++) {
		if (!recognise(s, &users[i], &by))
			continue;
		whom = tell(&users[i]);
		whom.match = by;
		report(s, &whom);
	}
}

/* The user of that name, or NULL. */
static const struct user *
user_named(const struct directory_conf *conf, struct vb_str name)
{
	const struct user *users = conf->users.items;

	for (size_t i = 0; i < conf->users.n; i++)
		if (vb_str_ieq(users[i].name, name))
			return &users[i];
	return NULL;
}

/* How far it is to the first "<" that stands in no quotes, or to the end. */
static size_t
bracket(struct vb_str text)
{
	bool is_quoted = false;
	size_t i;

	for (i = 0; i < text.n && (is_quoted || text.p[i] != '<'); i++)
		is_quoted = is_quoted != (text.p[i] == '"');
	return i;
}

/*
 * member = user / path / [ full name ] "<" path ">"
 *
 * The path stays as it is written, with its route if it has one.
 */
static struct vb_found
member(const struct directory_conf *conf, struct vb_str text)
{
	const struct user *u = user_named(conf, text);
	struct vb_found whom = { .kind = VB_RELAY, .mailbox = text };
	const size_t n = bracket(text);

	if (u != NULL)
		return tell(u);
	if (n == text.n || text.p[text.n - 1] != '>')
		return whom;
	whom.full_name = vb_name_trim((struct vb_str){ text.p, n });
	whom.mailbox = (struct vb_str){ text.p + n + 1, text.n - n - 2 };
	return whom;
}

static void
report_list(struct search *s, const struct mailing_list *list)
{
	const struct vb_strings members = list->members;
	struct vb_found *items = calloc(members.n + 1, sizeof(*items));
	struct vb_found whom = {
		.kind = VB_LIST,
		.user = list->name,
		.reaches_all = true,
		.items = items,
		.n_items = members.n,
		.is_private = list->access.value == ACCESS_NOBODY,
	};

	if (items == NULL) {
		s->known = VB_UNSURE;
		return;
	}
	for (size_t i = 0; i < members.n; i++) {
		items[i] = member(s->conf, members.items[i]);
		if (items[i].kind != VB_MAILBOX)
			whom.reaches_all = false;
	}
	report(s, &whom);
	free(items);
}

static void
search_lists(struct search *s)
{
	const struct mailing_list *lists = s->conf->lists.items;

	for (size_t i = 0; i < s->conf->lists.n; i++)
		if (vb_str_ieq(lists[i].name, s->local))
			report_list(s, &lists[i]);
}

static void
search_forwards(struct search *s)
{
	const struct forward *forwards = s->conf->forwards.items;
	struct vb_found whom = { .kind = VB_FORWARD };

	for (size_t i = 0; i < s->conf->forwards.n; i++) {
		whom.mailbox = forwards[i].to;
		whom.reply = forwards[i].reply;
		if (is_asked(s, forwards[i].from))
			report(s, &whom);
	}
}

static enum vb_known
find(struct vb_query *q, const void *conf)
{
	struct search s = { .q = q, .conf = conf, .local = vb_query_local(q) };

	search_users(&s);
	search_lists(&s);
	search_forwards(&s);
	return s.known;
}

static const struct vb_lookup lookup = { VB_LOOKUP, .find = find };

VB_MODULE(directory, "1.0"){
	.about = "users, lists and forwards written down in the configuration",
	.conf_size = sizeof(struct directory_conf),
	.options = options,
	.lookup = &lookup,
};
