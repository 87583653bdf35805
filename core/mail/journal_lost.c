/*
 * A batch that failed: its segment is given up. The messages that were in it
 * are declared void in another, by journal.c, before anybody is told that they
 * are lost.
 */
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/mail/journal_state.h"

/* Nothing more will be written where it cannot be. As long as what was lost is
   not void, its lock is kept: a segment without a writer is read to its last
   octet, and not only as far as we tell. */
static void
give_up_segment(struct journal *j)
{
	struct writing *w = &j->now;

	log_event(VB_ERROR, "journal", "segment=%016llx given up: error=%s",
	    (unsigned long long)w->is.incarnation, strerror(j->batch.error));
	w->is_open = false;
	if (j->lost.first != NULL && j->lost_fd < 0)
		j->lost_fd = w->is.fd;
	else
		close(w->is.fd);
	j->to.advanced(j->to.data, w->is.incarnation, w->at, true);
}

void
journal_end_lost(struct journal *j, enum journal_result result)
{
	if (j->lost_fd >= 0)
		close(j->lost_fd);
	j->lost_fd = -1;
	waiting_answer(&j->lost, result, j->lost_error);
}

/* A mark that is not there says nothing; a message that may be there has to be
   declared void. */
static bool
is_message(const struct waiting *w)
{
	return w->entry.type == RECORD_MESSAGE || w->entry.type == RECORD_LARGE;
}

void
journal_lose(struct journal *j)
{
	struct waiting_list going = j->going, rest;

	if (j->lost.first != NULL) { /* the voiding itself failed */
		give_up_segment(j);
		journal_end_lost(j, JOURNAL_UNKNOWN);
		return;
	}
	waiting_open(&j->going);
	waiting_open(&rest);
	while (going.first != NULL) {
		struct waiting *w = waiting_take(&going);

		waiting_add(is_message(w) ? &j->lost : &rest, w);
	}
	j->lost_error = j->batch.error;
	give_up_segment(j);
	waiting_answer(&rest, JOURNAL_FAILED, j->lost_error);
}
