#ifndef CORE_MAIL_INTRAY_H
#define CORE_MAIL_INTRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/mail/ledger.h"
#include "core/mail/mail.h"
#include "core/mail/marks.h"

/*
 * Reading the journal: records become messages that are to be delivered.
 *
 * After a start the marks are read first, of all segments: what they say is
 * done is not done again. The same when a writer died: what it declared void
 * may stand in what it left unread.
 */
struct intray {
	struct ledger *ledger;
	const struct sites *sites;
	struct marks marks; /* of what we did not do ourselves */
	bool has_marks;
	uint64_t first_new; /* the number of the first segment of ours */

	/* One more message. It may have been delivered before, in part, if
	   `again`; deliveries known to be done are PROGRESS_DONE. */
	void (*arrived)(void *data, struct mail *m, bool again);
	void *data;
};

/* After ledger_open(). */
void intray_open(struct intray *in);

/* Reads at most `most` messages; how many there were. */
size_t intray_read(struct intray *in, size_t most);

#endif
