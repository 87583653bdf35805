#ifndef CORE_PROCESS_KEEPING_H
#define CORE_PROCESS_KEEPING_H

#include "core/mail/kept_ask.h"
#include "core/process/queue.h"
#include "core/smtp/route.h"

/*
 * Mail that is kept until its domain asks for it, in the queue.
 *
 *	keep.c          whether a delivery is kept, and for how long
 *	let_go.c        it is sent all the same, once
 *	kept_asked.c    what workers ask: how much, and to let it go
 *	collect.c       a connection that was turned gets it
 *	collect_next.c  one message after the other
 *	visit.c         we are the one who asks
 */

/*
 * keep.c: sees to a delivery whose route keeps it. False: it goes its way,
 * since nobody keeps it or it was let go.
 */
bool queue_keep(
    struct queue *q, struct delivery_due *d, const struct vb_route *route);

/* It leaves memory: what of it is kept from now on. */
void queue_list_kept(struct queue *q, const struct mail *m);

/* What has been kept too long is due. */
void queue_look_for_old(struct queue *q);

/* let_go.c: lets go what is kept for these domains, where there is a way to
   send it; how much that was is added. */
void queue_let_go(
    struct queue *q, const struct vb_strings *domains, struct vb_kept *gone);

/* The way to a domain that no message is asked for: of the first site that
   knows one. NULL: none does. */
const struct scope *queue_find_route(
    const struct queue *q, struct vb_route *route);

/* kept_asked.c: a worker asks; takes the descriptor. */
void queue_kept_asked(struct queue *q, struct vb_str octets, int fd);

/* Answers those who can be answered. */
void queue_answer_kept(struct queue *q);

/* All that the queue was told of is in memory, or was. */
bool queue_has_caught_up(const struct queue *q);

/* collect.c: a connection that was turned collects; takes arena and descriptor.
 */
void queue_begin_collecting(
    struct queue *q, struct arena *arena, const struct kept_ask *ask, int fd);

/* After anything that may have moved one on. */
void queue_go_on_collecting(struct queue *q);

/* A message's file is read for one of them; it has been, or could not be. */
bool queue_is_wanted(const struct queue *q, struct vb_str id);
void queue_was_read(struct queue *q, struct vb_str id);

/* This delivery is handed over to who collects it. False: nobody does. */
bool queue_collect(struct queue *q, struct delivery_due *d);

/* visit.c: asks the next hop of a domain for the mail it keeps for us. */
void queue_visit(
    struct queue *q, const struct scope *scope, struct vb_str domain);

#endif
