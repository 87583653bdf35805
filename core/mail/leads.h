#ifndef CORE_MAIL_LEADS_H
#define CORE_MAIL_LEADS_H

#include <stddef.h>

#include <verbena/lookup.h>

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/mail/envelope.h"

/*
 * Whom a name leads to, as lookups tell it one by one: recipients, and more
 * names that are to be looked up. A name is taken once, so a circle of aliases
 * ends where it began, and a recipient is there once. All is in the arena.
 */
struct lead {
	struct lead *next;
	struct vb_str text;   /* an address as it is written */
	struct vb_str behind; /* the module after which those come that are to
	                         be asked; empty: all are */
};

struct leads {
	struct arena *arena;
	struct map seen;
	struct lead *next, **last;
	size_t n_names; /* in all */
	struct recipient *to;
	size_t n, room;
};

void leads_open(struct leads *l, struct arena *arena);
void leads_finish(struct leads *l);

/* What is given is not copied. */
void leads_add_name(struct leads *l, struct vb_str text, struct vb_str behind);
void leads_add_remote(
    struct leads *l, struct vb_str mailbox, struct vb_str host);

/* One that will not get it, and why: the status (RFC 3463) and words. */
void leads_add_failed(struct leads *l, struct vb_str mailbox,
    const char *status, const char *text);

/* What a lookup found of the name `asked`. */
void leads_add_found(
    struct leads *l, const struct vb_found *found, const struct vb_path *asked);

/* The next name, which is then taken; NULL when there is none. */
const struct lead *leads_take(struct leads *l);

#endif
