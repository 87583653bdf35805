#ifndef CORE_SMTP_ROUTE_H
#define CORE_SMTP_ROUTE_H

#include <verbena/core.h>
#include <verbena/route.h>

#include "core/module/loader.h"
#include "core/smtp/client.h"
#include "core/smtp/site.h"

/*
 * Asks the modules of a generation, with the settings of this scope, where mail
 * for route->domain goes; id is the session's or the message's. VB_KNOWN:
 * *route says it, .via included; that is empty only where the mail is kept and
 * no module knows where to send what was asked for. VB_UNKNOWN: no module
 * knows. VB_UNSURE: that cannot be told just now.
 */
enum vb_known route_find(const struct modules *modules,
    const struct scope *scope, struct vb_str id, struct vb_route *route);

/* The same for mail to that domain: there is no way to ourselves, by a name
   that another network has for us. */
enum vb_known route_find_mail(const struct modules *modules,
    const struct scope *scope, struct vb_str id, struct vb_route *route);

/* Does a route say that `name`, in lower case, is what we are called there? */
bool route_is_us(const struct modules *modules, const struct scope *scope,
    struct vb_str id, struct vb_str name);

/*
 * The next hops of a route that was found, as one text that is the same for all
 * mail that may share a connection: .via, with the domain that was asked put in
 * where it says "mx".
 */
struct vb_str route_next_hop(struct arena *arena, const struct vb_route *route);

/* What recipients of one message must have the same to share a transaction: the
   next hops, and the name we say there. */
struct vb_str route_lane(struct arena *arena, const struct vb_route *route);

/* What a route says as long as no module says otherwise. */
const struct vb_route *route_default(void);

/* How long the client waits for each step on such a route. */
struct client_patience route_patience(const struct vb_route *route);

#endif
