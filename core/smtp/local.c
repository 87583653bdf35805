/*
 * Local parts, read and written (RFC 5321 §4.1.2, RFC 821 §4.1.2).
 *
 *	Local-part    = Dot-string / Quoted-string
 *	Dot-string    = Atom *( "." Atom )
 *	Quoted-string = DQUOTE *( qtextSMTP / quoted-pairSMTP ) DQUOTE
 *
 * In RFC 821 a quoted pair may also stand in an atom: Joe\,Smith@d.
 *
 * "%" and "!" are letters like others: the last domain decides where a message
 * goes. An empty local part, ""@d, names no one and is refused. All quoted
 *forms of a local part are the same, so its limit is on the shortest of them.
 */
#include "core/smtp/local.h"

#include "core/smtp/scan.h"

enum { LOCAL_MOST = 64 };

static bool
is_atext(char c)
{
	if (vb_lower(c) >= 'a' && vb_lower(c) <= 'z')
		return true;
	return c > ' ' && c < 0x7f && strchr("()<>[]:;@\\,.\"", c) == NULL;
}

static bool
is_qtext(char c)
{
	return is_printable(c) && c != '"' && c != '\\';
}

/* Octets that are such, and quoted pairs, which are a backslash and any octet
   that is printable. False when half a pair stands there. */
static bool
with_pairs(struct vb_str *text, bool (*is_such)(char))
{
	scan_while(text, is_such);
	while (scan_octet(text, '\\')) {
		if (text->n == 0 || !is_printable(text->p[0]))
			return false;
		scan_octet(text, text->p[0]);
		scan_while(text, is_such);
	}
	return true;
}

static bool
quoted_string(struct vb_str *text)
{
	return scan_octet(text, '"') && with_pairs(text, is_qtext) &&
	       scan_octet(text, '"');
}

static bool
atom(enum profile profile, struct vb_str *text)
{
	size_t before = text->n;

	if (profile != PROFILE_RFC821)
		scan_while(text, is_atext);
	else if (!with_pairs(text, is_atext))
		return false;
	return text->n < before;
}

static bool
dot_string(enum profile profile, struct vb_str *text)
{
	do {
		if (!atom(profile, text))
			return false;
	} while (scan_octet(text, '.'));
	return true;
}

/* Quoted pairs become what they stand for. */
static struct vb_str
unquote(struct arena *arena, struct vb_str written)
{
	char *made;
	size_t n = 0;

	if (memchr(written.p, '\\', written.n) == NULL)
		return written;
	made = arena_alloc(arena, written.n);
	for (size_t i = 0; i < written.n; i++) {
		if (written.p[i] == '\\')
			i++;
		made[n++] = written.p[i];
	}
	return (struct vb_str){ made, n };
}

/* Writes local to `to`, which has room for 2 octets and for each of local's
   another 2; returns how many were written. */
static size_t
write_local(char *to, struct vb_str local)
{
	struct vb_str rest = local;
	size_t n = 0;

	if (dot_string(PROFILE_RFC5321, &rest) && rest.n == 0) {
		memcpy(to, local.p, local.n);
		return local.n;
	}
	to[n++] = '"';
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			to[n++] = '\\';
		to[n++] = local.p[i];
	}
	to[n++] = '"';
	return n;
}

struct vb_str
address_write(struct arena *arena, struct vb_str local, struct vb_str domain)
{
	char *to;
	size_t n;

	if (local.n == 0 && domain.n == 0)
		return VB_STR("");
	to = arena_alloc(arena, 2 * local.n + 3 + domain.n + 1);
	n = write_local(to, local);
	if (domain.n > 0) {
		to[n++] = '@';
		memcpy(to + n, domain.p, domain.n);
		n += domain.n;
	}
	return (struct vb_str){ to, n };
}

enum address_fault
local_take(struct arena *arena, enum profile profile, struct vb_str *text,
    struct vb_str *local)
{
	struct vb_str written = *text;
	bool quoted = text->n > 0 && text->p[0] == '"';

	if (!(quoted ? quoted_string(text) : dot_string(profile, text)))
		return ADDRESS_SYNTAX;
	written.n -= text->n;
	if (quoted) {
		written.p++;
		written.n -= 2;
	}
	if (written.n == 0)
		return ADDRESS_SYNTAX;
	*local = unquote(arena, written);
	if (address_write(arena, *local, VB_STR("")).n > LOCAL_MOST)
		return ADDRESS_LOCAL_LONG;
	return ADDRESS_GOOD;
}
