/* Segments and records as octets. */
#include "core/mail/record.h"

#include <string.h>

#include "core/base/crc32c.h"

static const char magic[] = "VBSEGM01";
enum { MAGIC = sizeof(magic) - 1, SEGMENT_CRC = 16 };

/* Where the fields of a record are. */
enum { AT_CRC = 0, AT_TYPE = 4, AT_LENGTH = 8, AT_HEAD = 16, AT_ID = 24 };

void
segment_head_write(char head[SEGMENT_BLOCK], uint64_t incarnation)
{
	uint32_t crc;

	memset(head, 0, SEGMENT_BLOCK);
	memcpy(head, magic, MAGIC);
	memcpy(head + MAGIC, &incarnation, sizeof(incarnation));
	crc = crc32c(0, head, SEGMENT_CRC);
	memcpy(head + SEGMENT_CRC, &crc, sizeof(crc));
}

bool
segment_head_read(const char head[SEGMENT_BLOCK], uint64_t *incarnation)
{
	uint32_t crc;

	memcpy(&crc, head + SEGMENT_CRC, sizeof(crc));
	memcpy(incarnation, head + MAGIC, sizeof(*incarnation));
	return memcmp(head, magic, MAGIC) == 0 &&
	       crc == crc32c(0, head, SEGMENT_CRC);
}

/* The next place for a record: a head does not stand in two blocks. */
uint64_t
record_end(uint64_t at, uint64_t length)
{
	uint64_t end = at + RECORD_HEAD + length;
	uint64_t left = SEGMENT_BLOCK - end % SEGMENT_BLOCK;

	return left < RECORD_HEAD ? end + left : end;
}

uint32_t
record_crc(const char from[RECORD_HEAD])
{
	uint32_t crc;

	memcpy(&crc, from + AT_CRC, sizeof(crc));
	return crc;
}

uint32_t
record_crc_begin(
    const char from[RECORD_HEAD], uint64_t incarnation, uint64_t at)
{
	uint32_t crc = crc32c(0, &incarnation, sizeof(incarnation));

	crc = crc32c(crc, &at, sizeof(at));
	return crc32c(crc, from + AT_TYPE, RECORD_HEAD - AT_TYPE);
}

void
record_write(char to[RECORD_HEAD], const struct record *r, uint64_t incarnation,
    uint64_t at, const struct vb_str *parts, size_t n_parts)
{
	uint32_t type = r->type, crc;

	memset(to, 0, RECORD_HEAD);
	memcpy(to + AT_TYPE, &type, sizeof(type));
	memcpy(to + AT_LENGTH, &r->length, sizeof(r->length));
	memcpy(to + AT_HEAD, &r->head, sizeof(r->head));
	if (r->id.n > 0)
		memcpy(to + AT_ID, r->id.p,
		    r->id.n < RECORD_ID ? r->id.n : RECORD_ID);
	crc = record_crc_begin(to, incarnation, at);
	for (size_t i = 0; i < n_parts; i++)
		crc = crc32c(crc, parts[i].p, parts[i].n);
	memcpy(to + AT_CRC, &crc, sizeof(crc));
}

bool
record_read(const char from[RECORD_HEAD], uint64_t at, struct record *r)
{
	uint32_t type;

	memcpy(&type, from + AT_TYPE, sizeof(type));
	memcpy(&r->length, from + AT_LENGTH, sizeof(r->length));
	memcpy(&r->head, from + AT_HEAD, sizeof(r->head));
	r->id = (struct vb_str){ from + AT_ID,
		strnlen(from + AT_ID, RECORD_ID) };
	r->type = (enum record_type)type;
	return type >= RECORD_MESSAGE && type <= RECORD_PAD &&
	       r->head <= r->length && r->length <= SEGMENT_SIZE &&
	       at + RECORD_HEAD + r->length <= SEGMENT_SIZE;
}
