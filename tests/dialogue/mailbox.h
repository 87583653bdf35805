#ifndef TESTS_DIALOGUE_MAILBOX_H
#define TESTS_DIALOGUE_MAILBOX_H

#include <stdbool.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "tests/dialogue/server.h"

/*
 * Is a mailbox as the rest of an @mailbox line has it: "smith count 2",
 * "smith@lab.test contains Subject: hi", "smith lacks spam"? A domain that is
 * not given is lab.test. Waits up to five seconds for messages to come.
 * If it is not, `told` gets what was expected and what there is.
 */
bool mailbox_is_as(
    const struct server *server, struct vb_str rest, struct buffer *told);

#endif
