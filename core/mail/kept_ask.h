#ifndef CORE_MAIL_KEPT_ASK_H
#define CORE_MAIL_KEPT_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/option.h>
#include <verbena/str.h>
#include <verbena/turn.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/base/pack.h"

/*
 * What a worker asks the queue about mail that is kept for domains. With it
 * goes an end of a SEQPACKET pair, for the answer: one packet, and its end.
 *
 * KEPT_COLLECT is no question but a connection that was turned. Over the pair
 * the queue hands over one message after the other, each as errand_pack() has
 * it; the worker answers each with a report for each recipient, and only then
 * gets the next. An empty errand (no recipients) says that there is no more.
 * Who closes the pair before gives the message that is out back: a message is
 * with the queue or with one connection, never with both.
 */
enum kept_what { KEPT_COUNT, KEPT_LET_GO, KEPT_COLLECT };

struct kept_ask {
	enum kept_what what;
	struct vb_str session; /* its id, for the log */
	struct vb_strings domains;
};

void kept_ask_pack(struct buffer *to, const struct kept_ask *ask);

/* Slices point into what is read; the list is in the arena. False when it is no
   question. */
bool kept_ask_unpack(
    struct unpack *from, struct arena *arena, struct kept_ask *ask);

void kept_answer_pack(struct buffer *to, const struct vb_kept *kept);
bool kept_answer_unpack(struct unpack *from, struct vb_kept *kept);

#endif
