#ifndef CORE_MAIL_WAITING_H
#define CORE_MAIL_WAITING_H

#include "core/mail/journal.h"

/* One entry of the journal, until it is answered. */
struct waiting {
	struct journal_entry entry;
	journal_done *done;
	void *data;
	struct journal_place place;
	struct waiting *next;
};

/* Those that wait for the same. */
struct waiting_list {
	struct waiting *first, **last;
};

void waiting_open(struct waiting_list *l);
void waiting_add(struct waiting_list *l, struct waiting *w);

/* The first, which must be there. */
struct waiting *waiting_take(struct waiting_list *l);

/* Answers all, and forgets them. */
void waiting_answer(
    struct waiting_list *l, enum journal_result result, int error);

#endif
