/* Notices to senders: what failed for ever, and what is late. */
#include "core/process/queue.h"

bool
queue_tell_sender(struct queue *q, struct mail *m)
{
	(void)q, (void)m;
	return false;
}
