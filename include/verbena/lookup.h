#ifndef VERBENA_LOOKUP_H
#define VERBENA_LOOKUP_H

#include <verbena/address.h>
#include <verbena/core.h>
#include <verbena/str.h>

/*
 * Who is this? One service answers it for RCPT, VRFY, EXPN and SEND alike, so
 * that they cannot disagree.
 *
 * The first half is for those who ask, in a session; the second for modules
 * that know the answer.
 */

enum vb_kind {
	VB_PENDING = 0, /* being looked up: return VB_WAIT and ask again */
	VB_MAILBOX,     /* a mailbox here */
	VB_LIST,        /* several addresses under one name */
	VB_FORWARD,     /* elsewhere now, and we know where (251, 551) */
	VB_AMBIGUOUS,   /* fits several: see .items */
	VB_RELAY,       /* not a domain of this site */
	VB_NOBODY,      /* nowhere: there is no such user */
	VB_CANNOT_TELL, /* could not be found out just now: never say 550 */
};

/* By what a name was recognised, best first. */
enum vb_match {
	VB_BY_NAME = 0, /* the mailbox, an alias, a list: exactly */
	VB_BY_FULL_NAME,
	VB_BY_SURNAME,
};

/*
 * The answer. What does not apply is empty. It lives until the command has been
 * answered; vb_add_recipient() copies it.
 */
struct vb_found {
	size_t size; /* the core sets it */
	enum vb_kind kind;
	enum vb_match match;
	struct vb_str module;    /* who knew; the core sets it */
	struct vb_str user;      /* the account: what {user} becomes */
	struct vb_str home;      /* what {home} becomes; may be empty */
	struct vb_str full_name; /* "Fred Smith" */
	struct vb_str mailbox;   /* local@domain, here or (forward) elsewhere.
	                            Left empty by a module: user@domain-asked.
	                            relay: with the route before it, where one is
	                            followed, "@ONE:joe@two.test" */
	struct vb_str domain;    /* the site's domain asked about; the core
	                            sets it: what {domain} becomes. relay: the
	                            one to send to, ONE */
	int reply;               /* forward: 251 accept, 551 tell and refuse: a
	                            module says which it is to be, the core makes
	                            551 of a 251 that leads nowhere. Where
	                            clients are not to be told, the core makes
	                            250 and 550 of these, and .mailbox is the
	                            address here. relay: 250 accept, 550 refuse,
	                            553 refuse for its source route; the core
	                            says it */
	bool reaches_all;        /* list: every member can be delivered to */

	/* list: its members; ambiguous: who it might be; forward (251, 250):
	   whom it leads to. A member that stands for an address we do not know
	   has nothing but a .mailbox. */
	const struct vb_found *items;
	size_t n_items;

	struct vb_str written; /* member elsewhere: the address as its list has
	                          it, to be shown; forward: the address here;
	                          the core sets it */
	bool is_private;       /* list: nobody is told its members */
	bool is_final; /* member: an address that the module which names it
	                  is not to be asked about again ("\smith") */
};

/*
 * Looks up a path, as RCPT does: the name must fit exactly. Asking the same
 * again in one command costs nothing. Never NULL.
 */
static inline const struct vb_found *
vb_lookup(struct vb_session *s, const struct vb_path *path)
{
	return vb_core->lookup(s, path);
}

/*
 * Looks up what a person typed, as VRFY and EXPN do: a path, a user name, a
 * full name or a surname, with or without angle brackets. What fits best wins:
 * a name, then a full name, then a surname; several that fit equally are
 * VB_AMBIGUOUS.
 */
static inline const struct vb_found *
vb_lookup_text(struct vb_session *s, struct vb_str text)
{
	return vb_core->lookup_text(s, text);
}

/*
 * For modules that answer (struct vb_module, .lookup).
 *
 * The core asks in the order of `modules`. Report each match with vb_found(),
 * then return VB_KNOWN when one was reported by VB_BY_NAME, VB_UNSURE when it
 * cannot be known just now (a server is down), else VB_UNKNOWN. VB_UNSURE that
 * no earlier VB_KNOWN settled becomes 451 (VRFY: 252, or 504 in rfc821): a
 * mailbox is never denied because something is broken.
 */
struct vb_query {
	size_t size;
	struct vb_str name;   /* the local part, or (by_text) all of the text */
	struct vb_str domain; /* a domain of the site, in lower case; for a bare
	                         name or a text the first of the site's */
	bool by_text;         /* full names and surnames count as well */
};

struct vb_lookup {
	size_t size;
	enum vb_known (*find)(struct vb_query *q, const void *conf);
	bool
	    blocks; /* may take time: run it in a courier, where it may block */
};

#define VB_LOOKUP .size = sizeof(struct vb_lookup)

/* One log line, as vb_log(); of a lookup, which knows no session. */
#define vb_query_log(q, level, event, ...) \
	vb_core->query_log(q, level, event, __VA_ARGS__)

/* Reports a match. It is copied, with all it points to. */
static inline void
vb_found(struct vb_query *q, const struct vb_found *whom)
{
	vb_core->found(q, whom);
}

#endif
