/* Messages of our own. */
#include "core/process/submit.h"

void
queue_submit(
    struct queue *q, struct submission *s, journal_done *done, void *data)
{
	s->envelope.octets = s->body.n;
	envelope_pack(&s->head, &s->envelope);
	s->entry = (struct journal_entry){
		.type = RECORD_MESSAGE,
		.id = s->envelope.id,
		.head = buffer_str(&s->head),
		.body = buffer_str(&s->body),
	};
	journal_append(q->journal, &s->entry, done, data);
}

void
submission_finish(struct submission *s)
{
	buffer_finish(&s->head);
	buffer_finish(&s->body);
}
