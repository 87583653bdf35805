/* Reading the journal: records become messages. */
#include "core/mail/intray.h"

#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

enum { AGAIN_MS = 10 * 1000 };

/* What is not in order is not tried again in this life, or the log would be
   full of it. The disk is, after a while. */
static void
is_broken(struct ledger_segment *s)
{
	s->is_broken = true;
	s->again = errno == EBADMSG ? 0 : clock_steady_ms() + AGAIN_MS;
	log_event(VB_ERROR, "journal",
	    "segment=%016llx at=%llu cannot be read, and stays: error=%s",
	    (unsigned long long)s->incarnation,
	    (unsigned long long)s->reader.at, strerror(errno));
}

/* Reads through a segment for marks alone, as far as it can be read. One with
   nothing in it, claimed ahead of need, has nothing to be told of yet. */
static void
read_marks(struct intray *in, struct ledger_segment *s)
{
	struct segment_reader reader = s->reader;
	struct record r;
	struct vb_str head;
	uint64_t body_at;
	enum segment_read result;

	reader.in = (struct buffer){ 0 };
	s->is_searched = s->is_orphan;
	while ((result = segment_next(&reader, 0, &r, &head, &body_at)) ==
	       SEGMENT_RECORD) {
		if (r.type != RECORD_DONE && r.type != RECORD_VOID)
			continue;
		ledger_note(s, r.type);
		marks_add(&in->marks, r.id, head);
	}
	if (result == SEGMENT_BROKEN)
		log_event(VB_ERROR, "journal",
		    "segment=%016llx at=%llu cannot be read: what is done may "
		    "be done again: error=%s",
		    (unsigned long long)s->incarnation,
		    (unsigned long long)reader.at, strerror(errno));
	else if (!s->is_orphan && s->end == 0 && reader.at == SEGMENT_BLOCK)
		s->end = SEGMENT_BLOCK;
	buffer_finish(&reader.in);
}

/* Those that have a writer too: what it declared void may be in another. */
void
intray_open(struct intray *in)
{
	for (struct ledger_segment *s = in->ledger->first; s != NULL;
	     s = s->next)
		read_marks(in, s);
	in->has_marks = true;
	in->first_new = in->ledger->next_number;
}

/* Those that lost their writers since. */
static void
search_orphans(struct intray *in)
{
	for (struct ledger_segment *s = in->ledger->first; s != NULL;
	     s = s->next) {
		if (!s->is_orphan || s->is_searched || s->is_read)
			continue;
		in->has_marks = true;
		read_marks(in, s);
	}
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
	in->arrived(in->data, m, s->number < in->first_new);
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
			ledger_note(s, r.type);
	}
	if (result == SEGMENT_BROKEN)
		is_broken(s);
	if (result == SEGMENT_END && (s->is_orphan || s->is_sealed)) {
		s->is_read = true;
		buffer_finish(&s->reader.in);
	}
	return n;
}

/* What was there when we started is read (where it has a writer: all that this
   has told of since), and what writers left that died since: from now on
   nothing is marked that we did not do ourselves. */
static void
forget_marks(struct intray *in)
{
	for (const struct ledger_segment *s = in->ledger->first; s != NULL;
	     s = s->next)
		if (!ledger_has_told_all(s) &&
		    (!s->is_broken || s->again != 0) &&
		    (s->is_orphan || s->number < in->first_new))
			return;
	marks_finish(&in->marks);
	in->has_marks = false;
}

size_t
intray_read(struct intray *in, size_t most)
{
	size_t n = 0;

	search_orphans(in);
	for (struct ledger_segment *s = in->ledger->first;
	     s != NULL && n < most; s = s->next)
		if (ledger_has_more(s))
			n += read_segment(in, s, most - n);
	if (in->has_marks)
		forget_marks(in);
	ledger_sweep(in->ledger);
	return n;
}
