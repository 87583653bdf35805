#ifndef VERBENA_NAME_H
#define VERBENA_NAME_H

#include <verbena/lookup.h>

/*
 * For modules that answer lookups: how what was asked is compared with what
 * they know, so that all of them recognise people alike.
 */

/* An address, parted at its last "@". False when it has none: it is all local
   then, and the domain is empty. */
static inline bool
vb_part(struct vb_str address, struct vb_str *local, struct vb_str *domain)
{
	size_t at = address.n;

	while (at > 0 && address.p[at - 1] != '@')
		at--;
	*local = (struct vb_str){ address.p, at > 0 ? at - 1 : address.n };
	*domain = (struct vb_str){ address.p, 0 };
	if (at > 0)
		*domain = (struct vb_str){ address.p + at, address.n - at };
	return at > 0;
}

/*
 * The local part that a query asks for: its name, or of a text that is an
 * address in the domain asked, that address's. Empty when the text is an
 * address elsewhere.
 */
static inline struct vb_str
vb_query_local(const struct vb_query *q)
{
	struct vb_str local, domain;

	if (!q->by_text || !vb_part(q->name, &local, &domain))
		return q->name;
	if (!vb_str_ieq(domain, q->domain))
		local.n = 0;
	return local;
}

/* What parts the words of a name, and quotes, which are no part of it. */
static inline bool
vb_name_parts(char c)
{
	return c == ' ' || c == '\t' || c == '"';
}

/* A name without the blanks and quotes around it. */
static inline struct vb_str
vb_name_trim(struct vb_str name)
{
	while (name.n > 0 && vb_name_parts(name.p[name.n - 1]))
		name.n--;
	while (name.n > 0 && vb_name_parts(name.p[0])) {
		name.p++;
		name.n--;
	}
	return name;
}

/*
 * Takes the next letter off a trimmed name, in lower case: blanks are one
 * blank, quotes nothing. -1 when none is left.
 */
static inline int
vb_name_next(struct vb_str *rest)
{
	bool is_blank = false;
	int letter = -1;

	for (; rest->n > 0 && vb_name_parts(*rest->p); rest->p++, rest->n--)
		is_blank = is_blank || *rest->p != '"';
	if (is_blank)
		return ' ';
	if (rest->n > 0) {
		letter = (unsigned char)vb_lower(*rest->p++);
		rest->n--;
	}
	return letter;
}

/* The same words: case, quotes and the width of blanks do not count. Nobody is
   called by an empty name. */
static inline bool
vb_name_eq(struct vb_str a, struct vb_str b)
{
	int letter;

	a = vb_name_trim(a);
	b = vb_name_trim(b);
	if (a.n == 0)
		return false;
	do {
		letter = vb_name_next(&a);
		if (letter != vb_name_next(&b))
			return false;
	} while (letter != -1);
	return true;
}

/* The last word of a full name. */
static inline struct vb_str
vb_surname(struct vb_str full_name)
{
	const struct vb_str name = vb_name_trim(full_name);
	size_t n = 0;

	while (n < name.n && !vb_name_parts(name.p[name.n - 1 - n]))
		n++;
	return n == 0 ? name : (struct vb_str){ name.p + (name.n - n), n };
}

/* Does a text fit a full name, and if so, by what? */
static inline bool
vb_name_match(struct vb_str full_name, struct vb_str text, enum vb_match *by)
{
	if (vb_name_eq(full_name, text))
		*by = VB_BY_FULL_NAME;
	else if (vb_name_eq(vb_surname(full_name), text))
		*by = VB_BY_SURNAME;
	else
		return false;
	return true;
}

#endif
