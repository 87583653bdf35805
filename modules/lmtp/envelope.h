/*
 * The envelope of a message: the three commands before it, as text.
 *
 *	MAIL FROM:<ann@example.net> BODY=8BITMIME
 *	RCPT TO:<"fred smith"@example.org>
 *	DATA
 *
 * What a lookup found may hold anything; it stays within < and > (RFC 5321
 * §4.1.2).
 *
 * For the one module that includes it.
 */
#ifndef MODULES_LMTP_ENVELOPE_H
#define MODULES_LMTP_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <verbena/str.h>

enum { ADDRESS_SIZE = 1024 };

struct envelope {
	char text[3 * ADDRESS_SIZE];
	size_t ends[3]; /* of MAIL, RCPT and DATA in it */
};

/* No control character, and none of these. */
static bool
is_plain(struct vb_str text, const char *but)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f ||
		    strchr(but, text.p[i]) != NULL)
			return false;
	return true;
}

/* A local part that is no dot-string is quoted. */
static bool
needs_quotes(struct vb_str local)
{
	bool after_dot = true;

	for (size_t i = 0; i < local.n; i++) {
		const bool is_dot = local.p[i] == '.';

		if ((is_dot && after_dot) ||
		    strchr(" \"(),:;<>@[\\]", local.p[i]) != NULL)
			return true;
		after_dot = is_dot;
	}
	return after_dot;
}

static size_t
quote(struct vb_str local, char *to)
{
	char *p = to;

	*p++ = '"';
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			*p++ = '\\';
		*p++ = local.p[i];
	}
	*p++ = '"';
	return (size_t)(p - to);
}

/* Writes a recipient, with a NUL. False when it cannot be an address; NULL is
 * none. */
static bool
address_write(const char *name, char to[ADDRESS_SIZE])
{
	const struct vb_str all = vb_str(name);
	const char *at = name != NULL ? strrchr(name, '@') : NULL;
	struct vb_str local = all, rest = { "", 0 };
	size_t n;

	if (at != NULL) {
		local.n = (size_t)(at - name);
		rest = (struct vb_str){ at, all.n - local.n };
	}
	if (local.n == 0 || rest.n == 1 || all.n > ADDRESS_SIZE / 2 - 4 ||
	    !is_plain(local, "") || !is_plain(rest, " <>\"\\"))
		return false;
	n = local.n;
	if (needs_quotes(local))
		n = quote(local, to);
	else
		memcpy(to, local.p, n);
	memcpy(to + n, rest.p, rest.n);
	to[n + rest.n] = '\0';
	return true;
}

/* False when the sender cannot be written. Empty is "<>". */
static bool
envelope_write(struct envelope *e, struct vb_str sender,
    const char to[ADDRESS_SIZE], bool has_8bitmime)
{
	int n;

	if (sender.n > ADDRESS_SIZE || !is_plain(sender, ""))
		return false;
	n = snprintf(e->text, sizeof(e->text), "MAIL FROM:<%.*s>%s\r\n",
	    VB_FMT(sender), has_8bitmime ? " BODY=8BITMIME" : "");
	e->ends[0] = (size_t)n;
	n += snprintf(
	    e->text + n, sizeof(e->text) - (size_t)n, "RCPT TO:<%s>\r\n", to);
	e->ends[1] = (size_t)n;
	n += snprintf(e->text + n, sizeof(e->text) - (size_t)n, "DATA\r\n");
	e->ends[2] = (size_t)n;
	return true;
}

#endif
