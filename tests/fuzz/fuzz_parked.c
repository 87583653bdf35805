/*
 * The file of a parked message from any bytes: its first line, its header and
 * its log, whole and cut in two. What was taken comes back when it is written
 * anew and read again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail/parked_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The states after a log that comes in two parts; each part is in memory of
   just its size. False when a line is at fault. */
static bool
read_log(struct parked_log *log, struct vb_str octets, size_t cut)
{
	char *first = malloc(cut + 1), *all = malloc(octets.n + 1);
	struct vb_str part = { first, cut };
	bool is_good;

	assert(first != NULL && all != NULL);
	if (cut > 0)
		memcpy(first, octets.p, cut);
	if (octets.n > 0)
		memcpy(all, octets.p, octets.n);
	is_good = parked_log_take(log, &part);
	assert(part.n <= cut);
	if (is_good) {
		part = (struct vb_str){ all + cut - part.n,
			octets.n - cut + part.n };
		is_good = parked_log_take(log, &part);
	}
	assert(is_good == (log->fault.what == NULL));
	assert(!is_good || part.n == 0 || memchr(part.p, '\n', part.n) == NULL);
	free(first);
	free(all);
	return is_good;
}

static void
assert_same_state(const struct parked_state *a, const struct parked_state *b)
{
	assert(a->outcome == b->outcome && a->is_told == b->is_told);
	assert(a->attempts == b->attempts);
	assert(a->tried == b->tried && a->due == b->due);
	assert(b->status.n == (a->status.n < 64 ? a->status.n : 64));
	assert(b->remote.n == (a->remote.n < 255 ? a->remote.n : 255));
	assert(b->text.n == (a->text.n < 1000 ? a->text.n : 1000));
	assert(vb_str_eq((struct vb_str){ a->text.p, b->text.n }, b->text));
}

static void
try_log(struct arena *arena, struct vb_str octets, size_t n, size_t cut)
{
	struct parked_log log = { .arena = arena, .n = n }, again = log;
	struct buffer text = { 0 };
	struct vb_str rest;

	log.states = arena_alloc(arena, n * sizeof(*log.states));
	again.states = arena_alloc(arena, n * sizeof(*log.states));
	if (!read_log(&log, octets, cut))
		return;
	for (size_t i = 0; i < n; i++)
		parked_log_state(&text, i, &log.states[i]);
	rest = buffer_str(&text);
	assert(parked_log_take(&again, &rest) && rest.n == 0);
	for (size_t i = 0; i < n; i++)
		assert_same_state(&log.states[i], &again.states[i]);
	buffer_finish(&text);
}

/* A header that was taken is written anew and read: it stays the same then. */
static size_t
try_header(struct arena *arena, struct vb_str text)
{
	struct parked_fault fault = { 0 };
	struct buffer once = { 0 }, twice = { 0 };
	struct envelope e;

	if (!parked_header_read(text, arena, &e, &fault)) {
		assert(fault.line > 0 && fault.what != NULL);
		return 0;
	}
	parked_header_write(&once, &e);
	assert(parked_header_read(buffer_str(&once), arena, &e, &fault));
	parked_header_write(&twice, &e);
	assert(vb_str_eq(buffer_str(&once), buffer_str(&twice)));
	buffer_finish(&once);
	buffer_finish(&twice);
	return e.n_recipients;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *arena = arena_create();
	struct vb_str all = { (const char *)bytes, n };
	struct parked_first first;
	size_t recipients = 3, log = 0, cut = n == 0 ? 0 : bytes[n - 1];

	if (parked_first_read(all, &first)) {
		all.n = first.header < n ? (size_t)first.header : n;
		recipients = try_header(arena, all);
		log = first.log < n ? (size_t)first.log : n;
	}
	all = (struct vb_str){ (const char *)bytes + log, n - log };
	try_log(arena, all, recipients, cut < all.n ? cut : all.n);
	arena_destroy(arena);
	return 0;
}
