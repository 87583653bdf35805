#ifndef CORE_SMTP_REPLY_H
#define CORE_SMTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/smtp/profile.h"

/* A set of reply codes, 200 to 599. */
struct codes {
	uint64_t bits[7];
};

/* Reads "250 251 550". False when anything else stands there, or a code that
   does not begin with 2 to 5 (RFC 5321 §4.2.1). */
bool codes_parse(struct codes *set, const char *text);
bool codes_has(const struct codes *set, int code);
void codes_add(struct codes *set, int code);

/*
 * Adds one line of a reply: code, "-" when more lines follow else " ", the
 * status (NULL for none; left out in rfc821), the text, CR LF. Everything below
 * 0x20, and 0x7f, is escaped; octets above are as well. The line is cut to 512
 * octets (RFC 5321 §4.5.3.1.5).
 */
void reply_add(struct buffer *to, enum profile profile, int code,
    const char *status, bool more, struct vb_str text);

#endif
