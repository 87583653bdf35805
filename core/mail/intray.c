/* Reading the journal: records become messages. */
#include "core/mail/intray.h"

#include <errno.h>
#include <string.h>

#include "core/base/log.h"

static void
log_broken(const struct ledger_segment *s)
{
	log_event(VB_ERROR, "journal", "segment=%016llx at=%llu error=%s",
	    (unsigned long long)s->incarnation,
	    (unsigned long long)s->reader.at, strerror(errno));
}

/* Reads through a segment for marks alone. */
static void
read_marks(struct intray *in, struct ledger_segment *s)
{
	struct segment_reader reader = s->reader;
	enum segment_read result;
	struct record r;
	struct vb_str head;
	uint64_t body_at;

	reader.in = (struct buffer){ 0 };
	while ((result = segment_next(&reader, 0, &r, &head, &body_at)) ==
	       SEGMENT_RECORD) {
		if (r.type != RECORD_DONE && r.type != RECORD_VOID)
			continue;
		s->has_marks = true;
		marks_add(&in->marks, r.id, head);
	}
	if (result == SEGMENT_BROKEN)
		log_broken(s);
	buffer_finish(&reader.in);
}

void
intray_open(struct intray *in)
{
	for (struct ledger_segment *s = in->ledger->first; s != NULL;
	     s = s->next)
		if (s->is_orphan)
			read_marks(in, s);
	in->has_marks = true;
	in->first_new = in->ledger->next_number;
}

/* False: all of it is done. */
static bool
apply_marks(const struct intray *in, struct mail *m)
{
	size_t done = 0;

	for (size_t i = 0; i < m->n; i++)
		if (marks_has(&in->marks, m->envelope.id, (unsigned)i)) {
			m->deliveries[i].progress = PROGRESS_DONE;
			done++;
		}
	m->n_open -= done;
	return done < m->n;
}

static bool
take(struct intray *in, struct ledger_segment *s, const struct record *r,
    struct vb_str head, uint64_t body_at)
{
	struct mail *m = mail_unpack(head, in->sites);

	if (m == NULL) {
		log_event(VB_ERROR, "journal",
		    "segment=%016llx id=%.*s: not an envelope",
		    (unsigned long long)s->incarnation, VB_FMT(r->id));
		s->keeps++; /* for ever: somebody has to look at it */
		return false;
	}
	if (in->has_marks && !apply_marks(in, m)) {
		mail_destroy(m);
		return false;
	}
	m->source = (struct source){
		.kind = r->type == RECORD_LARGE ? SOURCE_LARGE : SOURCE_JOURNAL,
		.incarnation = s->incarnation,
		.at = r->type == RECORD_LARGE ? 0 : body_at,
	};
	m->segment = s;
	s->keeps++;
	in->arrived(in->data, m, in->has_marks);
	return true;
}

static size_t
read_segment(struct intray *in, struct ledger_segment *s, size_t most)
{
	enum segment_read result = SEGMENT_RECORD;
	struct record r;
	struct vb_str head;
	uint64_t body_at;
	size_t n = 0;

	while (n < most) {
		result = segment_next(
		    &s->reader, s->is_orphan ? 0 : s->end, &r, &head, &body_at);
		if (result != SEGMENT_RECORD)
			break;
		if (r.type == RECORD_MESSAGE || r.type == RECORD_LARGE)
			n += take(in, s, &r, head, body_at);
		else
			s->has_marks = true;
	}
	if (result == SEGMENT_BROKEN)
		log_broken(s);
	if (result == SEGMENT_END && (s->is_orphan || s->is_sealed))
		s->is_read = true;
	return n;
}

/* What was there when we started is read: from now on nothing is marked that we
   did not do ourselves. */
static void
forget_marks(struct intray *in)
{
	for (const struct ledger_segment *s = in->ledger->first; s != NULL;
	     s = s->next)
		if (!s->is_read && s->number < in->first_new)
			return;
	marks_finish(&in->marks);
	in->has_marks = false;
}

size_t
intray_read(struct intray *in, size_t most)
{
	size_t n = 0;

	for (struct ledger_segment *s = in->ledger->first;
	     s != NULL && n < most; s = s->next)
		if (ledger_has_more(s))
			n += read_segment(in, s, most - n);
	if (in->has_marks)
		forget_marks(in);
	ledger_sweep(in->ledger);
	return n;
}
