/*
 * A segment of the journal from any bytes. Nothing is read whose CRC is wrong,
 * as reckoned here from what the form of the journal says; what is read comes
 * in order, and reading ends.
 *
 * A fuzzer does not find a CRC. So the first octet says whether those of what
 * follows are put right first, record by record, as far as there are any.
 */
#define _GNU_SOURCE /* memfd_create */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/mail/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const uint64_t life = 0x1122334455667788;

/* Bit by bit: not what is to be proved. */
static uint32_t
reckon(uint32_t crc, const void *octets, size_t n)
{
	const uint8_t *p = octets;

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* Of the record at an offset of the file, whose content is there. */
static uint32_t
crc_at(const uint8_t *records, uint64_t at, uint64_t length)
{
	const uint8_t *p = records + at - SEGMENT_BLOCK;
	uint32_t crc = reckon(0, &life, sizeof(life));

	crc = reckon(crc, &at, sizeof(at));
	return reckon(crc, p + 4, RECORD_HEAD - 4 + length);
}

/* The length in a head, if that many octets follow it. */
static bool
length_at(const uint8_t *records, size_t n, uint64_t at, uint64_t *length)
{
	size_t from = (size_t)(at - SEGMENT_BLOCK);

	if (from + RECORD_HEAD > n)
		return false;
	memcpy(length, records + from + 8, sizeof(*length));
	return *length <= n - from - RECORD_HEAD;
}

static void
put_right(uint8_t *records, size_t n)
{
	uint64_t at = SEGMENT_BLOCK, length;

	while (length_at(records, n, at, &length)) {
		uint32_t crc = crc_at(records, at, length);

		memcpy(records + at - SEGMENT_BLOCK, &crc, sizeof(crc));
		at += RECORD_HEAD + length;
		if (SEGMENT_BLOCK - at % SEGMENT_BLOCK < RECORD_HEAD)
			at += SEGMENT_BLOCK - at % SEGMENT_BLOCK;
	}
}

static void
assert_record(const uint8_t *records, size_t n, uint64_t at,
    const struct record *r, struct vb_str head, uint64_t body_at)
{
	const uint8_t *p = records + at - SEGMENT_BLOCK;
	uint64_t length;
	uint32_t crc;

	assert(length_at(records, n, at, &length) && length == r->length);
	memcpy(&crc, p, sizeof(crc));
	assert(crc == crc_at(records, at, length));
	assert(r->head <= r->length && head.n == r->head);
	assert(memcmp(head.p, p + RECORD_HEAD, head.n) == 0);
	assert(body_at == at + RECORD_HEAD + r->head);
	assert(r->id.n <= RECORD_ID && r->type < RECORD_PAD);
}

/* All there are: checked, or vouched for up to `end`. */
static void
read_all(int fd, const uint8_t *records, size_t n, uint64_t end)
{
	struct segment_reader reader = {
		.fd = fd, .incarnation = life, .at = SEGMENT_BLOCK
	};
	uint64_t body_at, before = SEGMENT_BLOCK;
	struct vb_str head;
	struct record r;

	while (
	    segment_next(&reader, end, &r, &head, &body_at) == SEGMENT_RECORD) {
		uint64_t at = body_at - r.head - RECORD_HEAD;

		assert(at >= before && reader.at >= at + RECORD_HEAD);
		assert(reader.at <= SEGMENT_SIZE);
		if (end == 0)
			assert_record(records, n, at, &r, head, body_at);
		before = reader.at;
	}
	buffer_finish(&reader.in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	uint8_t *records = malloc(n + 1);
	int fd = memfd_create("segment", MFD_CLOEXEC);

	assert(records != NULL && fd >= 0);
	if (n > 0)
		memcpy(records, bytes + 1, --n);
	if (n > 0 && bytes[0] != 0)
		put_right(records, n);
	assert(pwrite(fd, records, n, SEGMENT_BLOCK) == (ssize_t)n);
	read_all(fd, records, n, 0);
	read_all(fd, records, n, SEGMENT_BLOCK + n);
	close(fd);
	free(records);
	return 0;
}
