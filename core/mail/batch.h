#ifndef CORE_MAIL_BATCH_H
#define CORE_MAIL_BATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/mail/journal.h"

/*
 * Records that are written with one pwritev(2). They are gathered, not copied:
 * what the entries point to must stay until batch_commit() returns.
 */
enum { BATCH_RECORDS = 240, BATCH_PARTS = 4 * BATCH_RECORDS + 1 };

struct batch {
	uint64_t incarnation;
	uint64_t begin, end; /* in the segment */
	unsigned n;          /* records */
	bool wants_sync;
	int error; /* of batch_commit(): 0 when all is written */
	struct iovec parts[BATCH_PARTS];
	int n_parts;
	char heads[BATCH_RECORDS + 1][RECORD_HEAD];
};

void batch_begin(struct batch *b, uint64_t incarnation, uint64_t at);

/* False: it does not fit, in the batch or in the segment. */
bool batch_add(struct batch *b, const struct journal_entry *entry);
bool batch_add_void(struct batch *b, struct vb_str id);

/* Fills up the last block: after this nothing is added. */
void batch_end(struct batch *b);

/* Writes it, and syncs it if anything in it wants that. May block; touches
   nothing but the batch and the file. */
void batch_commit(struct batch *b, int fd);

#endif
