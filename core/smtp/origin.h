#ifndef CORE_SMTP_ORIGIN_H
#define CORE_SMTP_ORIGIN_H

#include "core/smtp/site.h"

/*
 * Where in the file a scope has it from. Settings are not marked when they are
 * read: whoever wants to know looks into the groups that the scope was made of,
 * nearest to the client first, as the merging did.
 *
 * NULL means by default.
 */

/* Of a setting by its name in full, "limits.message", "vrfy.disclose". */
const config_setting_t *origin_setting(
    const struct scope *scope, const char *name);

/* Of a verb's being enabled or not, or an extension's: the item of `enable` or
   `disable` that decided. */
const config_setting_t *origin_verb(
    const struct scope *scope, struct vb_str name);

/* Of a verb's rate and of what it requires: the entry of `policy`. */
const config_setting_t *origin_policy(
    const struct scope *scope, struct vb_str name);

#endif
