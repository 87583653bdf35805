/* Messages that stay, in files of their own. */
#include "core/process/queue.h"

void
queue_park(struct queue *q, struct mail *m)
{
	queue_forget(q, m);
}

void
queue_parked_open(struct queue *q)
{
	(void)q;
}

void
queue_unpark_due(struct queue *q)
{
	(void)q;
}
