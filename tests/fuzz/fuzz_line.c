/*
 * Command lines from any bytes, cut into parts whose sizes are bytes of the
 * input too. A reader that knows nothing of speed must see the same lines.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pack.h"
#include "core/smtp/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
note(struct buffer *to, enum line_fault fault, struct vb_str line)
{
	pack_number(to, fault);
	pack_str(to, line);
}

/* What is wrong at octet i of a line. */
static enum line_fault
fault_at(const uint8_t *line, size_t i, size_t limit)
{
	bool after_cr = i > 0 && line[i - 1] == '\r';

	if (after_cr && line[i] != '\n')
		return LINE_BARE_CR;
	if (i >= limit)
		return LINE_TOO_LONG;
	if (line[i] == '\0')
		return LINE_NUL;
	return line[i] == '\n' && !after_cr ? LINE_BARE_LF : LINE_GOOD;
}

/* Notes the line of n octets, LF last. */
static void
note_plainly(struct buffer *to, const uint8_t *line, size_t n, size_t limit)
{
	enum line_fault fault = LINE_GOOD;
	size_t length = n - 1;

	for (size_t i = 0; i < n && fault == LINE_GOOD; i++)
		fault = fault_at(line, i, limit);
	if (length > 0 && line[length - 1] == '\r')
		length--;
	if (n > limit)
		length = 0;
	note(to, fault, (struct vb_str){ (const char *)line, length });
}

static void
read_plainly(struct buffer *to, const uint8_t *bytes, size_t n, size_t limit)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n')
			continue;
		note_plainly(to, bytes + start, i + 1 - start, limit);
		start = i + 1;
	}
}

static void
read_part(
    struct buffer *to, struct line_reader *r, const uint8_t *bytes, size_t n)
{
	char *copy = malloc(n);
	struct vb_str input = { copy, n }, line;
	enum line_fault fault;

	assert(copy != NULL);
	memcpy(copy, bytes, n);
	while (line_take(r, &input, &line, &fault)) {
		assert(input.p <= copy + n && input.n <= n);
		note(to, fault, line);
	}
	assert(input.n == 0);
	assert(r->held.n <= r->limit);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct buffer want = { 0 }, got = { 0 };
	struct line_reader r = { 0 };

	if (n == 0)
		return 0;
	r.limit = bytes[0] % 32;
	read_plainly(&want, bytes, n, r.limit);
	for (size_t at = 0; at < n;) {
		size_t part = 1 + bytes[n - 1 - at] % 16;

		part = part < n - at ? part : n - at;
		read_part(&got, &r, bytes + at, part);
		at += part;
	}
	assert(vb_str_eq(buffer_str(&want), buffer_str(&got)));
	line_reader_finish(&r);
	got.n = 0;
	read_part(&got, &r, bytes, n);
	assert(vb_str_eq(buffer_str(&want), buffer_str(&got)));
	line_reader_finish(&r);
	buffer_finish(&want);
	buffer_finish(&got);
	return 0;
}
