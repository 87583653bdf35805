/*
 * How VRFY and EXPN show who somebody is: "Full Name <mailbox>", one mailbox,
 * never more than there is to know (RFC 5321 §3.5.2, RFC 821 §3.3).
 */
#ifndef MODULES_SHOWN_H
#define MODULES_SHOWN_H

#include <string.h>

#include <verbena/module.h>

/* The words of `disclose`, in this order. */
#define SHOWN_CHOICES "none|local|full"
enum shown { SHOWN_NONE, SHOWN_LOCAL, SHOWN_FULL };

/* A source route is shown in profile rfc821 only: RFC 5321 §3.5.2. */
static inline struct vb_str
shown_mailbox(struct vb_session *s, const struct vb_found *whom)
{
	const bool is_far = whom->kind == VB_RELAY && whom->written.n > 0;
	struct vb_str mailbox = is_far ? whom->written : whom->mailbox;
	const char *colon;

	if (vb_client(s)->is_rfc821 || mailbox.n == 0 || *mailbox.p != '@')
		return mailbox;
	colon = memchr(mailbox.p, ':', mailbox.n);
	if (colon == NULL)
		return mailbox;
	mailbox.n -= (size_t)(colon + 1 - mailbox.p);
	mailbox.p = colon + 1;
	return mailbox;
}

/* Is this a name that may stand before "<" without quotes? */
static inline bool
shown_is_plain(struct vb_str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (strchr("<>()[]:;@\\,\"", name.p[i]) != NULL)
			return false;
	return true;
}

static inline struct vb_str
shown_quoted(struct vb_session *s, struct vb_str name)
{
	char *quoted = vb_alloc(s, 2 * name.n + 2);
	size_t n = 0;

	quoted[n++] = '"';
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			quoted[n++] = '\\';
		quoted[n++] = name.p[i];
	}
	quoted[n++] = '"';
	return (struct vb_str){ quoted, n };
}

/* "Fred Smith <smith@lab.test>", "<smith@lab.test>". */
static inline struct vb_str
shown(struct vb_session *s, const struct vb_found *whom)
{
	struct vb_str name = whom->full_name;

	if (!shown_is_plain(name))
		name = shown_quoted(s, name);
	return vb_print(s, "%.*s%s<%.*s>", VB_FMT(name), name.n > 0 ? " " : "",
	    VB_FMT(shown_mailbox(s, whom)));
}

/*
 * Nothing is told: because nothing is to be, or because it cannot be found out.
 * RFC 5321 §3.5.3 and §7.3 have 252 for that, RFC 821 §4.3 nothing better than
 * 504.
 */
static inline enum vb_verdict
shown_nothing(struct vb_session *s, const char *why)
{
	if (vb_client(s)->is_rfc821)
		return vb_reply(s, 504, NULL, "%s", why);
	return vb_reply(s, 252, "2.5.0", "%s", why);
}

#endif
