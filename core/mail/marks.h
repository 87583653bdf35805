#ifndef CORE_MAIL_MARKS_H
#define CORE_MAIL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/map.h"

/*
 * What the journal says is done, collected when the queue starts: which
 * recipients of which messages need not be served any more.
 *
 * The head of a RECORD_DONE is their numbers, packed: none means all, and so
 * does a RECORD_VOID.
 */
struct marks {
	struct map by_id;
};

/* Makes the head of a RECORD_DONE. */
void mark_pack(struct buffer *to, const unsigned *numbers, size_t n);

/* Remembers a record. One that cannot be read marks nothing. */
void marks_add(struct marks *m, struct vb_str id, struct vb_str head);

bool marks_has(const struct marks *m, struct vb_str id, unsigned number);

void marks_finish(struct marks *m);

#endif
