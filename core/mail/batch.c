/* A batch of records, written and synced at once. */
#include "core/mail/batch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char zeros[SEGMENT_BLOCK];

void
batch_begin(struct batch *b, uint64_t incarnation, uint64_t at)
{
	b->incarnation = incarnation;
	b->begin = b->end = at;
	b->n = 0;
	b->n_parts = 0;
	b->wants_sync = false;
	b->error = 0;
}

static void
add_part(struct batch *b, const void *p, size_t n)
{
	struct iovec part = { .iov_len = n };

	memcpy(
	    &part.iov_base, &p, sizeof(p)); /* wants what may be written to */
	if (n > 0)
		b->parts[b->n_parts++] = part;
}

static void
add_record(struct batch *b, const struct record *r, const struct vb_str *parts,
    size_t n_parts)
{
	char *head = b->heads[b->n++];
	uint64_t end = b->end + RECORD_HEAD + r->length;

	record_write(head, r, b->incarnation, b->end, parts, n_parts);
	add_part(b, head, RECORD_HEAD);
	for (size_t i = 0; i < n_parts; i++)
		add_part(b, parts[i].p, parts[i].n);
	b->end = record_end(b->end, r->length);
	add_part(b, zeros, (size_t)(b->end - end));
}

/* With what it takes to fill up the block behind it. */
static bool
has_room(const struct batch *b, uint64_t length)
{
	return b->n < BATCH_RECORDS &&
	       b->end + RECORD_HEAD + length + SEGMENT_BLOCK <= SEGMENT_SIZE;
}

bool
batch_add(struct batch *b, const struct journal_entry *e)
{
	const struct vb_str parts[] = { e->head, e->body };
	const struct record r = {
		.type = e->type,
		.id = e->id,
		.length = e->head.n + e->body.n,
		.head = (uint32_t)e->head.n,
	};

	if (!has_room(b, r.length))
		return false;
	add_record(b, &r, parts, 2);
	b->wants_sync = b->wants_sync || !e->is_lax;
	return true;
}

bool
batch_add_void(struct batch *b, struct vb_str id)
{
	const struct journal_entry entry = { .type = RECORD_VOID, .id = id };

	return batch_add(b, &entry);
}

void
batch_end(struct batch *b)
{
	uint64_t over = b->end % SEGMENT_BLOCK;
	struct record pad = { .type = RECORD_PAD };
	struct vb_str content = { zeros, 0 };

	if (over == 0)
		return;
	pad.length = SEGMENT_BLOCK - over - RECORD_HEAD;
	content.n = (size_t)pad.length;
	add_record(b, &pad, &content, 1);
}

/* Takes n octets off the front of the parts. */
static void
drop(struct iovec **parts, int *n_parts, size_t n)
{
	while (*n_parts > 0 && n >= (*parts)->iov_len) {
		n -= (*parts)->iov_len;
		++*parts;
		--*n_parts;
	}
	if (*n_parts > 0) {
		(*parts)->iov_base = (char *)(*parts)->iov_base + n;
		(*parts)->iov_len -= n;
	}
}

void
batch_commit(struct batch *b, int fd)
{
	struct iovec *parts = b->parts;
	int left = b->n_parts;
	off_t at = (off_t)b->begin;

	while (left > 0) {
		ssize_t n = pwritev(fd, parts, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			b->error = n == 0 ? EIO : errno;
			return;
		}
		at += n;
		drop(&parts, &left, (size_t)n);
	}
	if (b->wants_sync && fdatasync(fd) != 0)
		b->error = errno;
}
