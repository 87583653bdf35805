#ifndef CORE_MAIL_BOUNCE_PARTS_H
#define CORE_MAIL_BOUNCE_PARTS_H

#include <stdbool.h>

#include "core/mail/bounce.h"

/* What a notification consists of, each added to `to` in whole lines. */

/* For people. */
void bounce_words(struct buffer *to, const struct bounce *bounce);
void bounce_words_rfc821(struct buffer *to, const struct bounce *bounce);

/* For programs: the octets of a message/delivery-status (RFC 3464 §2). */
void bounce_status(struct buffer *to, const struct bounce *bounce);

/* The header of the message, quoted-printable (RFC 2045 §6.7) where that was
   needed: then true. */
bool bounce_header(struct buffer *to, const struct bounce *bounce);

/* Adds text on one line, octets that are no printable ASCII as '?'; no more
   than fit in a line. */
void bounce_add(struct buffer *to, struct vb_str text);

/* Adds text word by word; a word that would stand beyond column 72 begins a new
   line after `indent`, and one too long for any line is broken. */
void bounce_fold(struct buffer *to, const char *indent, struct vb_str text);

#endif
