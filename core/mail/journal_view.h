#ifndef CORE_MAIL_JOURNAL_VIEW_H
#define CORE_MAIL_JOURNAL_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/attr.h>

#include "core/mail/envelope.h"
#include "core/mail/marks.h"
#include "core/mail/record.h"
#include "core/mail/segment.h"

/*
 * The journal, for whoever only looks: nothing is written, renamed or locked,
 * and a server may be at work meanwhile. What it does after journal_view_open()
 * is seen or not. The marks are in memory, as many as there are; messages pass
 * one by one.
 */
struct journal_view {
	int dir;
	char (*segments)[SEGMENT_NAME]; /* names of files */
	size_t n;
	struct marks marks;
};

/* `dir` must stay open. False and errno; what can be seen is there all the
   same. To be finished in any case. */
VB_MUST_USE bool journal_view_open(struct journal_view *v, int dir);
void journal_view_finish(struct journal_view *v);

/* A message of which a recipient, at least, is not marked as served. */
struct journal_message {
	struct record record;
	struct envelope envelope; /* without recipients if `is_faulty` */
	bool is_faulty;           /* it cannot be read */
	const struct marks *marks;
	const char *segment;  /* the name of its file */
	int fd;               /* which is open */
	uint64_t at, body_at; /* there: the record, and what follows its
	                         head */
};

/* Calls `each` for each message; what it is given lasts no longer. False from
   it ends that. False and errno when a segment could not be read; the others
   were. */
VB_MUST_USE bool journal_view_each(const struct journal_view *v,
    bool (*each)(void *data, const struct journal_message *m), void *data);

#endif
