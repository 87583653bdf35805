#ifndef CORE_SMTP_DOMAIN_H
#define CORE_SMTP_DOMAIN_H

#include <verbena/str.h>

#include "core/smtp/address.h"
#include "core/smtp/profile.h"

/*
 * Takes a domain or an address literal from text (RFC 5321 §4.1.2, §4.1.3) and
 * moves it past that; *domain is a slice of the text, as written, with the
 * brackets of a literal. Otherwise text is left at the octet that did not fit.
 */
enum address_fault domain_take(
    enum profile profile, struct vb_str *text, struct vb_str *domain);

#endif
