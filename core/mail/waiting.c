/* Entries of the journal that are not answered yet. */
#include "core/mail/waiting.h"

#include <stdlib.h>

void
waiting_open(struct waiting_list *l)
{
	l->first = NULL;
	l->last = &l->first;
}

void
waiting_add(struct waiting_list *l, struct waiting *w)
{
	w->next = NULL;
	*l->last = w;
	l->last = &w->next;
}

struct waiting *
waiting_take(struct waiting_list *l)
{
	struct waiting *w = l->first;

	l->first = w->next;
	if (l->first == NULL)
		l->last = &l->first;
	return w;
}

void
waiting_answer(struct waiting_list *l, enum journal_result result, int error)
{
	struct waiting_list them = *l;

	waiting_open(l);
	while (them.first != NULL) {
		struct waiting *w = waiting_take(&them);

		w->done(w->data, result, error, w->place);
		free(w);
	}
}
