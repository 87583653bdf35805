/* Reading a segment of the journal, record by record. */
#include <errno.h>
#include <unistd.h>

#include "core/base/crc32c.h"
#include "core/mail/segment.h"

/* What is read at once: a head and, mostly, the envelope behind it. */
enum { PEEK = 2048 };

/* Has n octets of the record in the buffer. False: fewer could be read. */
static bool
have(struct segment_reader *reader, size_t n)
{
	struct buffer *in = &reader->in;

	while (in->n < n) {
		size_t want = n < PEEK ? PEEK : n - in->n;
		ssize_t got = pread(reader->fd, buffer_room(in, want), want,
		    (off_t)(reader->at + in->n));

		if (got <= 0) {
			errno = got == 0 ? ENODATA : errno;
			return false;
		}
		in->n += (size_t)got;
	}
	return true;
}

static bool
is_intact(struct segment_reader *reader, const struct record *r)
{
	const char *p = reader->in.p;
	uint32_t crc = record_crc_begin(p, reader->incarnation, reader->at);

	return crc32c(crc, p + RECORD_HEAD, (size_t)r->length) == record_crc(p);
}

/* No record is there. Where somebody vouched for one it was acknowledged, and
   must not be passed over. */
static enum segment_read
none(bool vouched)
{
	errno = EBADMSG;
	return vouched ? SEGMENT_BROKEN : SEGMENT_END;
}

static enum segment_read
stop(bool vouched)
{
	return errno == ENODATA ? none(vouched) : SEGMENT_BROKEN;
}

static enum segment_read
next(struct segment_reader *reader, uint64_t end, struct record *r)
{
	bool vouched = end != 0;
	uint64_t want;

	reader->in.n = 0;
	if (reader->at + RECORD_HEAD > (vouched ? end : SEGMENT_SIZE))
		return SEGMENT_END;
	if (!have(reader, RECORD_HEAD))
		return stop(vouched);
	if (!record_read(reader->in.p, reader->at, r))
		return none(vouched);
	want = vouched ? r->head : r->length;
	if (!have(reader, RECORD_HEAD + (size_t)want))
		return stop(vouched);
	if (!vouched && !is_intact(reader, r))
		return SEGMENT_END;
	return SEGMENT_RECORD;
}

enum segment_read
segment_next(struct segment_reader *reader, uint64_t end, struct record *r,
    struct vb_str *head, uint64_t *body_at)
{
	enum segment_read result;

	do {
		result = next(reader, end, r);
		if (result != SEGMENT_RECORD)
			return result;
		*head = (struct vb_str){ reader->in.p + RECORD_HEAD, r->head };
		*body_at = reader->at + RECORD_HEAD + r->head;
		record_read(
		    reader->in.p, reader->at, r); /* it may have moved */
		reader->at = record_end(reader->at, r->length);
	} while (r->type == RECORD_PAD);
	return SEGMENT_RECORD;
}
