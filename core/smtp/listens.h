#ifndef CORE_SMTP_LISTENS_H
#define CORE_SMTP_LISTENS_H

#include "core/smtp/levels.h"

/*
 * Judges where the last of the sites listens: each must be an address, and none
 * that it or an earlier site has already. `at` is the setting.
 */
void listens_check(const struct compiler *c, const config_setting_t *at);

#endif
