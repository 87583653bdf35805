#ifndef CORE_MAIL_KEPT_H
#define CORE_MAIL_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/option.h>
#include <verbena/turn.h>

#include "core/base/map.h"
#include "core/mail/schedule.h"

/*
 * Which messages are kept until their domains ask for them: their ids, by
 * domain, and for each the time when it has been kept too long. In memory
 * alone: what is kept, its file says, and after a start it is read from there.
 *
 * A message is in it once for each domain that it is kept for. It may be let go
 * for a domain: then it is still here, until somebody sees to that.
 */
struct kept_message;

/* Zero-initialised is empty. */
struct kept {
	struct map by_id, by_domain;
	struct kept_message **oldest; /* a heap, by when they are too old */
	size_t n, room;               /* of messages */
};

/* What is kept of a message for one domain. */
struct kept_part {
	struct vb_str id;
	struct vb_str domain; /* in lower case */
	uint64_t octets;
	int64_t until; /* seconds since 1970 */
};

/* It is kept; as before, if it was. The first .until of its domains counts. */
void kept_add(struct kept *k, const struct kept_part *part);

/* It is not, for any domain. */
void kept_forget(struct kept *k, struct vb_str id);

bool kept_has(const struct kept *k, struct vb_str id);
bool kept_has_for(
    const struct kept *k, struct vb_str id, const struct vb_strings *domains);

uint64_t kept_octets(const struct kept *k, struct vb_str id);

/* How much, for these domains together; a message that is kept for two of them
   is counted for each. Costs the same however much there is. */
void kept_count(const struct kept *k, const struct vb_strings *domains,
    struct vb_kept *count);

/* The ids of what is kept for any of these domains, as they came: each once,
   each with a NUL behind it. free() them. */
struct kept_list {
	char (*ids)[SCHEDULE_ID];
	size_t n;
};
struct kept_list kept_list(
    const struct kept *k, const struct vb_strings *domains);

/* It is let go for a domain, if it is kept for it. False: it is not, or was let
   go before. */
bool kept_let_go(struct kept *k, struct vb_str id, struct vb_str domain);
bool kept_is_let_go(
    const struct kept *k, struct vb_str id, struct vb_str domain);

/* Another has been kept too long, by now; each is given once, until it is added
   again. False: none. */
bool kept_take_old(struct kept *k, int64_t now, char id[SCHEDULE_ID]);

void kept_finish(struct kept *k);

#endif
