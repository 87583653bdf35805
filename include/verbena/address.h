#ifndef VERBENA_ADDRESS_H
#define VERBENA_ADDRESS_H

#include <stdbool.h>

#include <verbena/str.h>

/*
 * A path: what stands between "<" and ">" in MAIL and RCPT, taken apart
 * (RFC 5321 §4.1.2, RFC 821 §4.1.2).
 *
 *	<@ONE,@TWO:"Joe X"@Three.Test>
 *	   route = @ONE,@TWO   local = Joe X   domain = three.test
 *
 * Quotes and backslashes are gone from local. Domain is in lower case, in
 * square brackets when it is an address literal, and empty for a bare name such
 * as "postmaster". All are empty for "<>".
 *
 * The slices live as long as the command, and in a transaction that took the
 * path, as long as the transaction.
 */
struct vb_path {
	struct vb_str route;   /* "@ONE,@TWO" as written; empty when none */
	struct vb_str local;   /* as it names a mailbox */
	struct vb_str domain;  /* in lower case */
	struct vb_str mailbox; /* local@domain as SMTP writes it, quoted where
	                          it must be; fit to be shown; empty for "<>" */
};

/* "<>", the reverse-path of a bounce. */
static inline bool
vb_path_is_null(const struct vb_path *path)
{
	return path->mailbox.n == 0;
}

#endif
