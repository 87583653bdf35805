#ifndef CORE_MAIL_KEPT_STATE_H
#define CORE_MAIL_KEPT_STATE_H

#include "core/mail/kept.h"

/* What is kept, as its files share it: kept.c, by id and domain; kept_age.c,
   by age. */
struct kept_domain {
	struct map_node by_name; /* the name is ours */
	struct kept_entry *first;
	uint64_t n, octets;
};

/* A message, for one domain. */
struct kept_entry {
	struct kept_message *message;
	struct kept_domain *domain;
	struct kept_entry *next, **link; /* of the domain's */
	struct kept_entry *other;        /* of the message's */
	bool is_let_go;
};

struct kept_message {
	struct map_node by_id;
	char id[SCHEDULE_ID];
	uint64_t octets;
	int64_t until;
	size_t at; /* in kept.oldest */
	struct kept_entry *entries;
};

/* kept_age.c: enters and leaves the heap; .until has become less or more. */
void kept_age_add(struct kept *k, struct kept_message *m);
void kept_age_remove(struct kept *k, struct kept_message *m);
void kept_age_move(struct kept *k, struct kept_message *m);

#endif
