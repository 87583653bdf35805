/*
 * The accounts of the machine, from wherever the system keeps them: passwd(5),
 * LDAP, or what else nsswitch.conf(5) names.
 *
 * An account is known by its login name, in each domain of the site; by the
 * name in lower case where there is none as it was written. What a person typed
 * may be the full name of the account or its last word as well: the first field
 * of the GECOS entry, where "&" stands for the login name, capitalised.
 *
 * The accounts of the system itself are nobody's mailbox: those below min_uid,
 * and root and nobody never.
 *
 * When the system cannot tell just now, nor can we: never is a mailbox denied
 * because a server is down.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>

#include <verbena/module.h>
#include <verbena/name.h>

#define NOBODY         65534
#define LONGEST_NAME   256
#define LARGEST_BUFFER (1 << 20)

struct passwd_conf {
	int min_uid, max_uid;
	bool full_names;
};

static const struct vb_option options[] = {
	VB_OPTION(struct passwd_conf, min_uid, "1000",
	    "The lowest user id that has a mailbox.", .min = 1, .max = INT_MAX),
	VB_OPTION(struct passwd_conf, max_uid, "60000",
	    "The highest user id that has a mailbox. 65534 (nobody) never has.",
	    .min = 1, .max = INT_MAX),
	VB_OPTION(struct passwd_conf, full_names, "true",
	    "Let VRFY and EXPN find accounts by full name and surname, which "
	    "means to read them all."),
	{ 0 },
};

struct search {
	struct vb_query *q;
	const struct passwd_conf *conf;
};

static bool
has_mailbox(const struct passwd_conf *conf, uid_t uid)
{
	return uid != 0 && uid != NOBODY && uid >= (uid_t)conf->min_uid &&
	       uid <= (uid_t)conf->max_uid;
}

/* What is too long for it is cut. */
struct full_name {
	char p[512];
	size_t n;
};

static void
put(struct full_name *to, char c)
{
	if (to->n < sizeof(to->p))
		to->p[to->n++] = c;
}

static void
put_login(struct full_name *to, struct vb_str login)
{
	for (size_t i = 0; i < login.n; i++)
		put(to, i > 0 ? login.p[i]
			      : (char)toupper((unsigned char)login.p[i]));
}

static void
read_gecos(struct full_name *to, const struct passwd *account)
{
	const struct vb_str gecos = vb_str(account->pw_gecos);

	for (size_t i = 0; i < gecos.n && gecos.p[i] != ','; i++) {
		if (gecos.p[i] == '&')
			put_login(to, vb_str(account->pw_name));
		else
			put(to, gecos.p[i]);
	}
}

static void
report(struct vb_query *q, const struct passwd *account, enum vb_match by)
{
	struct full_name name = { .n = 0 };
	struct vb_found whom = {
		.kind = VB_MAILBOX,
		.match = by,
		.user = vb_str(account->pw_name),
		.home = vb_str(account->pw_dir),
	};

	read_gecos(&name, account);
	whom.full_name = (struct vb_str){ name.p, name.n };
	vb_found(q, &whom);
}

/* getpwnam(3) names these, besides 0, for an account that is not there. */
static enum vb_known
meaning_of(int error)
{
	switch (error) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return VB_UNKNOWN;
	}
	return VB_UNSURE;
}

/* Finds an account, whose strings live in *buffer: free() it in any case. */
static enum vb_known
fetch(const char *login, struct passwd *account, char **buffer)
{
	struct passwd *found = NULL;
	int error = ERANGE;
	char *larger;

	for (size_t n = 1024; error == ERANGE && n <= LARGEST_BUFFER; n *= 2) {
		larger = realloc(*buffer, n);
		if (larger == NULL)
			return VB_UNSURE;
		*buffer = larger;
		error = getpwnam_r(login, account, larger, n, &found);
	}
	return found != NULL ? VB_KNOWN : meaning_of(error);
}

static enum vb_known
look_at(const struct search *s, const char *login)
{
	struct passwd account;
	char *buffer = NULL;
	enum vb_known known = fetch(login, &account, &buffer);

	if (known == VB_KNOWN && !has_mailbox(s->conf, account.pw_uid))
		known = VB_UNKNOWN;
	if (known == VB_KNOWN)
		report(s->q, &account, VB_BY_NAME);
	free(buffer);
	return known;
}

/* True when that changed anything. */
static bool
to_lower(char *text)
{
	bool is_changed = false;

	for (; *text != '\0'; text++) {
		is_changed = is_changed || vb_lower(*text) != *text;
		*text = vb_lower(*text);
	}
	return is_changed;
}

static enum vb_known
find_login(const struct search *s)
{
	const struct vb_str name = vb_query_local(s->q);
	char login[LONGEST_NAME + 1] = "";
	enum vb_known known;

	if (name.n == 0 || name.n > LONGEST_NAME ||
	    memchr(name.p, '\0', name.n) != NULL)
		return VB_UNKNOWN;
	memcpy(login, name.p, name.n);
	known = look_at(s, login);
	if (known == VB_UNKNOWN && to_lower(login))
		known = look_at(s, login);
	return known;
}

static void
compare(const struct search *s, const struct passwd *account)
{
	struct full_name name = { .n = 0 };
	enum vb_match by;

	if (!has_mailbox(s->conf, account->pw_uid))
		return;
	read_gecos(&name, account);
	if (vb_name_match((struct vb_str){ name.p, name.n }, s->q->name, &by))
		report(s->q, account, by);
}

static enum vb_known
find_full_name(const struct search *s)
{
	const struct passwd *account;
	enum vb_known known;

	setpwent();
	for (;;) {
		errno = 0;
		account = getpwent();
		if (account == NULL)
			break;
		compare(s, account);
	}
	known = meaning_of(errno);
	endpwent();
	return known;
}

static enum vb_known
find(struct vb_query *q, const void *conf)
{
	const struct search s = { .q = q, .conf = conf };
	const enum vb_known by_login = find_login(&s);
	enum vb_known by_name = VB_UNKNOWN;

	if (q->by_text && s.conf->full_names)
		by_name = find_full_name(&s);
	return by_login != VB_UNKNOWN ? by_login : by_name;
}

static const struct vb_lookup lookup = {
	VB_LOOKUP,
	.find = find,
	.blocks = true,
};

VB_MODULE(passwd, "1.0"){
	.about = "the accounts of the machine as mailboxes",
	.conf_size = sizeof(struct passwd_conf),
	.options = options,
	.lookup = &lookup,
};
