#ifndef CORE_SMTP_ADDRESS_H
#define CORE_SMTP_ADDRESS_H

#include <stdbool.h>

#include <verbena/address.h>
#include <verbena/str.h>

#include "core/base/memory.h"
#include "core/smtp/profile.h"

/*
 * Addresses: a function per grammar rule (RFC 5321 §4.1.2 and §4.1.3, RFC 821
 * §4.1.2).
 *
 * Each takes text, and on success moves it past what it took. What is made goes
 * into the arena; slices of the text stay slices of the text.
 */

/* Why a path was not taken, for the text of the 501. */
enum address_fault {
	ADDRESS_GOOD = 0,
	ADDRESS_SYNTAX,      /* 501 5.1.7 or 5.1.3 */
	ADDRESS_LOCAL_LONG,  /* more than 64 octets */
	ADDRESS_DOMAIN_LONG, /* more than 255 octets; 64 in rfc821 */
	ADDRESS_PATH_LONG,   /* more than 256 octets with its brackets */
	ADDRESS_NOT_ASCII,   /* an octet above 0x7f, or a control character */
	ADDRESS_NUMBER,      /* "#123", which RFC 5321 §F.4 forbids: 504 in
	                        rfc821, 501 in rfc5321 */
};

/* "<" [ route ":" ] mailbox ">" or "<>". */
enum address_fault address_reverse_path(struct arena *arena,
    enum profile profile, struct vb_str *text, struct vb_path *path);

/* "<" [ route ":" ] mailbox ">" or "<postmaster>" in any case of letters, or,
   for other bare local parts, "<user>" (taken: lookup decides). Not "<>". */
enum address_fault address_forward_path(struct arena *arena,
    enum profile profile, struct vb_str *text, struct vb_path *path);

/* A mailbox as a person or a table writes it: local@domain or a bare local
   part, in angle brackets or not, nothing after it. */
enum address_fault address_mailbox(struct arena *arena, enum profile profile,
    struct vb_str text, struct vb_path *path);

/* A domain or address literal, all of text: the argument of HELO. Underscores
   and single labels are common and taken. */
bool address_is_domain(enum profile profile, struct vb_str text);

/* local@domain as SMTP writes it: quoted where it must be. A bare local part
   when domain is empty. */
struct vb_str address_write(
    struct arena *arena, struct vb_str local, struct vb_str domain);

#endif
