#ifndef CORE_SMTP_LOCAL_H
#define CORE_SMTP_LOCAL_H

#include <verbena/str.h>

#include "core/base/memory.h"
#include "core/smtp/address.h"
#include "core/smtp/profile.h"

/*
 * Takes a local part from text (RFC 5321 §4.1.2) and moves it past that; *local
 * is what it names, without quotes and backslashes, in the text or the arena.
 * Otherwise text is left at the octet that did not fit.
 */
enum address_fault local_take(struct arena *arena, enum profile profile,
    struct vb_str *text, struct vb_str *local);

#endif
