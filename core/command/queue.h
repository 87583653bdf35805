#ifndef CORE_COMMAND_QUEUE_H
#define CORE_COMMAND_QUEUE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/command/place.h"
#include "core/mail/envelope.h"
#include "core/mail/parked.h"

/*
 * verbena queue, in parts. Those that look read the disk, with a server at work
 * or without. Each returns an exit code.
 */
int queue_list(const struct place *place);
int queue_show(const struct place *place, const char *id);
int queue_show_segment(const struct place *place, const char *name);

/* "0123456789abcdef" or "free-0123456789abcdef". */
bool queue_is_segment(const char *name);

/* hold, release and remove of what is in a file, while no server runs. */
int queue_offline(const struct place *place, const char *verb, const char *id);

/* What both list and show print. What strangers wrote is escaped. */
void queue_print_mailbox(FILE *to, struct vb_str mailbox); /* "<a@b>" */
void queue_print_state(FILE *to, const struct parked_state *state);
void queue_print_where(FILE *to, const struct parked *p);

#endif
