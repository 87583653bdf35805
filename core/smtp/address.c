/*
 * Paths and mailboxes (RFC 5321 §4.1.2, RFC 821 §4.1.2).
 *
 *	Path      = "<" [ A-d-l ":" ] Mailbox ">"
 *	A-d-l     = At-domain *( "," At-domain )
 *	At-domain = "@" Domain
 *	Mailbox   = Local-part "@" ( Domain / address-literal )
 *
 * Rules leave the text at the octet that did not fit: so one that may stand in
 * no address is told from one that stands in the wrong place.
 */
#include "core/smtp/address.h"

#include "core/smtp/domain.h"
#include "core/smtp/local.h"
#include "core/smtp/scan.h"

enum { PATH_MOST = 256 };

/* Mailbox, or a local part alone: then domain is empty. */
static enum address_fault
mailbox(struct arena *arena, enum profile profile, struct vb_str *text,
    struct vb_path *path)
{
	enum address_fault fault;
	struct vb_str domain = VB_STR("");

	fault = local_take(arena, profile, text, &path->local);
	if (fault != ADDRESS_GOOD)
		return fault;
	if (scan_octet(text, '@'))
		fault = domain_take(profile, text, &domain);
	if (fault != ADDRESS_GOOD)
		return fault;
	path->domain = arena_lower(arena, domain);
	path->mailbox = address_write(arena, path->local, path->domain);
	return ADDRESS_GOOD;
}

/* [ A-d-l ":" ] */
static enum address_fault
route(enum profile profile, struct vb_str *text, struct vb_str *taken)
{
	struct vb_str all = *text, domain;
	enum address_fault fault;

	if (text->n == 0 || text->p[0] != '@')
		return ADDRESS_GOOD;
	do {
		if (!scan_octet(text, '@'))
			return ADDRESS_SYNTAX;
		fault = domain_take(profile, text, &domain);
		if (fault != ADDRESS_GOOD)
			return fault;
	} while (scan_octet(text, ','));
	*taken = (struct vb_str){ all.p, all.n - text->n };
	return scan_octet(text, ':') ? ADDRESS_GOOD : ADDRESS_SYNTAX;
}

static enum address_fault
bracketed(struct arena *arena, enum profile profile, struct vb_str *text,
    struct vb_path *path)
{
	enum address_fault fault;

	if (!scan_octet(text, '<'))
		return ADDRESS_SYNTAX;
	fault = route(profile, text, &path->route);
	if (fault == ADDRESS_GOOD)
		fault = mailbox(arena, profile, text, path);
	if (fault != ADDRESS_GOOD)
		return fault;
	if (path->route.n > 0 && path->domain.n == 0)
		return ADDRESS_SYNTAX;
	return scan_octet(text, '>') ? ADDRESS_GOOD : ADDRESS_SYNTAX;
}

static struct vb_path
null_path(void)
{
	const struct vb_str none = VB_STR("");

	return (struct vb_path){ none, none, none, none };
}

/* The last word on a path of which `size` octets were written, with its
   brackets, and `rest` was not taken. */
static enum address_fault
judge(enum address_fault fault, size_t size, struct vb_str rest,
    const struct vb_path *path)
{
	if (fault == ADDRESS_SYNTAX && rest.n > 0 && !is_printable(rest.p[0]))
		return ADDRESS_NOT_ASCII;
	if (fault != ADDRESS_GOOD)
		return fault;
	if (size > PATH_MOST || path->mailbox.n + 2 > PATH_MOST)
		return ADDRESS_PATH_LONG;
	return ADDRESS_GOOD;
}

enum address_fault
address_forward_path(struct arena *arena, enum profile profile,
    struct vb_str *text, struct vb_path *path)
{
	struct vb_str rest = *text;
	struct vb_path made = null_path();
	enum address_fault fault = bracketed(arena, profile, &rest, &made);

	fault = judge(fault, text->n - rest.n, rest, &made);
	if (fault != ADDRESS_GOOD)
		return fault;
	*text = rest;
	*path = made;
	return ADDRESS_GOOD;
}

enum address_fault
address_reverse_path(struct arena *arena, enum profile profile,
    struct vb_str *text, struct vb_path *path)
{
	struct vb_str rest = *text;
	struct vb_path made = null_path();
	enum address_fault fault = ADDRESS_GOOD;

	if (!scan_octet(&rest, '<') || !scan_octet(&rest, '>')) {
		rest = *text;
		fault = address_forward_path(arena, profile, &rest, &made);
	}
	if (fault != ADDRESS_GOOD)
		return fault;
	if (made.domain.n == 0 && !vb_path_is_null(&made))
		return ADDRESS_SYNTAX;
	*text = rest;
	*path = made;
	return ADDRESS_GOOD;
}

enum address_fault
address_mailbox(struct arena *arena, enum profile profile, struct vb_str text,
    struct vb_path *path)
{
	struct vb_str rest = text;
	struct vb_path made = null_path();
	bool in_brackets = scan_octet(&rest, '<');
	enum address_fault fault = mailbox(arena, profile, &rest, &made);

	if (fault == ADDRESS_GOOD && in_brackets && !scan_octet(&rest, '>'))
		fault = ADDRESS_SYNTAX;
	if (fault == ADDRESS_GOOD && rest.n > 0)
		fault = ADDRESS_SYNTAX;
	fault = judge(fault, text.n + (in_brackets ? 0 : 2), rest, &made);
	if (fault == ADDRESS_GOOD)
		*path = made;
	return fault;
}
