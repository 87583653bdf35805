#ifndef CORE_SMTP_SOURCE_ROUTE_H
#define CORE_SMTP_SOURCE_ROUTE_H

#include <verbena/str.h>

#include "core/base/memory.h"
#include "core/smtp/site.h"

/*
 * Source routes: the hosts before a mailbox, "@ONE,@TWO:JOE@THREE". In a
 * forward-path they are the way there, in a reverse-path the way back (RFC 821
 * §3.6, RFC 5321 §C and §F.2).
 */

/* "@ONE,@TWO:JOE@THREE"; the mailbox alone where there is no route. */
struct vb_str source_route_join(
    struct arena *arena, struct vb_str route, struct vb_str mailbox);

/* Takes "@ONE" and the comma behind it off a route that has one, and gives
   "ONE". */
struct vb_str source_route_take(struct vb_str *route);

/* The mailbox of a path. */
struct vb_str source_route_mailbox(struct vb_str path);

/*
 * The reverse-path as the next hop is told it, who knows us by `name`. Where
 * the way back is kept that is `path` with us before it; where there would be
 * more than 256 octets, with their brackets, the mailbox alone. "" stays "". A
 * path that begins with us has us in it already: files of queues were once
 * written so.
 */
struct vb_str source_route_reverse(struct arena *arena,
    const struct scope *scope, struct vb_str name, struct vb_str path);

#endif
