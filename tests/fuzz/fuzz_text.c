/*
 * The text of a message from any bytes, cut into parts whose sizes are bytes of
 * the input too. A reader that knows nothing of speed must see the same text,
 * the same end and the same fault. To reach the blocks that are passed over as
 * one, octets 0xf0 and above stand for many of the letter "x".
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/smtp/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MOST = 4096 };

struct outcome {
	struct buffer text;
	enum text_fault fault;
	bool has_ended;
	size_t taken;
};

static bool
begins_with(struct vb_str text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n && memcmp(text.p, with, n) == 0;
}

static enum text_fault
fault_at(struct vb_str all, size_t i)
{
	bool after_cr = i > 0 && all.p[i - 1] == '\r';

	if (after_cr && all.p[i] != '\n')
		return TEXT_BARE_CR;
	if (all.p[i] == '\n' && !after_cr)
		return TEXT_BARE_LF;
	return all.p[i] == '\0' ? TEXT_NUL : TEXT_GOOD;
}

static void
read_plainly(struct outcome *o, struct vb_str all)
{
	bool at_start = true;

	for (size_t i = 0; i < all.n; i++) {
		struct vb_str rest = { all.p + i, all.n - i };

		o->taken = i + 1;
		if (at_start && begins_with(rest, ".\r\n")) {
			o->has_ended = true;
			o->taken = i + 3;
			return;
		}
		if (o->fault == TEXT_GOOD)
			o->fault = fault_at(all, i);
		if (at_start && rest.n == 2 && begins_with(rest, ".\r")) {
			o->taken = all.n;
			return; /* may be the end: CR is kept back */
		}
		if (!at_start || all.p[i] != '.')
			buffer_add(&o->text, &all.p[i], 1);
		at_start = i > 0 && all.p[i - 1] == '\r' && all.p[i] == '\n';
	}
}

static void
read_part(struct outcome *o, struct text_reader *r, struct vb_str part)
{
	char *copy = malloc(part.n + 1);
	struct vb_str input = { copy + 1, part.n }, piece;

	assert(copy != NULL);
	memcpy(copy + 1, part.p, part.n);
	while (input.n > 0 && !o->has_ended) {
		size_t before = input.n;

		o->has_ended = text_take(r, &input, &piece);
		assert(input.n < before || piece.n > 0);
		buffer_add_str(&o->text, piece);
	}
	o->taken += part.n - input.n;
	o->fault = r->fault;
	assert(r->octets == o->text.n);
	free(copy);
}

static void
check_same(struct outcome *got, const struct outcome *want)
{
	assert(vb_str_eq(buffer_str(&got->text), buffer_str(&want->text)));
	assert(got->fault == want->fault);
	assert(got->has_ended == want->has_ended);
	assert(got->taken == want->taken);
	buffer_finish(&got->text);
	*got = (struct outcome){ 0 };
}

static struct buffer
grow(const uint8_t *bytes, size_t n)
{
	struct buffer b = { 0 };

	for (size_t i = 0; i < n && b.n < MOST; i++) {
		size_t times = bytes[i] < 0xf0 ? 1 : (bytes[i] - 0xefu) * 37;

		memset(
		    buffer_room(&b, times), times > 1 ? 'x' : bytes[i], times);
		b.n += times;
	}
	return b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct buffer all = grow(bytes, n);
	struct outcome want = { 0 }, got = { 0 };
	struct text_reader r = { 0 };

	if (n == 0)
		return 0;
	read_plainly(&want, buffer_str(&all));
	for (size_t at = 0; at < all.n && !got.has_ended;) {
		size_t part = 1 + bytes[at % n] % 29 * (bytes[0] % 32);

		part = part < all.n - at ? part : all.n - at;
		read_part(&got, &r, (struct vb_str){ all.p + at, part });
		at += part;
	}
	check_same(&got, &want);
	r = (struct text_reader){ 0 };
	read_part(&got, &r, buffer_str(&all));
	check_same(&got, &want);
	buffer_finish(&want.text);
	buffer_finish(&all);
	return 0;
}
