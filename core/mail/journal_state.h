#ifndef CORE_MAIL_JOURNAL_STATE_H
#define CORE_MAIL_JOURNAL_STATE_H

#include "core/mail/batch.h"
#include "core/mail/waiting.h"

/* The inside of a journal, for the two files that are one. */

/* The segment we write to, and the one after it. */
struct writing {
	struct segment is;
	uint64_t at;
	bool is_open;
};

/* .next belongs to the work `claim` while that goes on. */
struct journal {
	struct journal_settings to;
	struct writing now, next;
	struct waiting_list waiting; /* for the next batch */
	struct waiting_list going;   /* in this batch */
	struct waiting_list refused; /* too large for any segment */
	struct waiting_list lost;    /* by a batch, to be declared void */
	int lost_error;
	int lost_fd; /* their segment, locked until they are void; or -1 */
	struct batch batch;
	uv_work_t commit, claim;
	uv_prepare_t turn; /* the end of this turn of the loop */
	bool is_committing, is_claiming;
	int claim_result; /* of the work */
	int claim_error;  /* why there is no next segment; 0: not tried yet */
};

/* journal_lost.c */

/* What went with the batch did not become durable. The messages are in .lost
   until journal_end_lost(), to be declared void. */
void journal_lose(struct journal *j);

/* They are, or it is not known. */
void journal_end_lost(struct journal *j, enum journal_result result);

#endif
