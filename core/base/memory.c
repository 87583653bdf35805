/*
 * Memory: allocation that cannot fail, and arenas.
 *
 * An arena is a chain of blocks, newest first. A block that is asked for more
 * than it has is left as it is and a new one is put before it; a large request
 * gets a block of its own. The first block stays over a reset, so that a
 * session which sends many messages allocates once.
 */
#include "core/base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/format.h"

enum { BLOCK = 4096 - 64 };

struct block {
	struct block *next;
	size_t used, room;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *newest;
};

void *
must_alloc(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL)
		abort();
	return p;
}

void *
must_resize(void *p, size_t size)
{
	p = realloc(p, size == 0 ? 1 : size);
	if (p == NULL)
		abort();
	return p;
}

static struct block *
block_create(size_t room, struct block *next)
{
	struct block *b = must_alloc(sizeof(*b) + room);

	b->next = next;
	b->room = room;
	return b;
}

struct arena *
arena_create(void)
{
	struct arena *a = must_alloc(sizeof(*a));

	a->newest = block_create(BLOCK, NULL);
	return a;
}

static void
free_all_but_first(struct arena *a)
{
	while (a->newest->next != NULL) {
		struct block *next = a->newest->next;

		free(a->newest);
		a->newest = next;
	}
}

void
arena_destroy(struct arena *a)
{
	if (a == NULL)
		return;
	free_all_but_first(a);
	free(a->newest);
	free(a);
}

void
arena_reset(struct arena *a)
{
	free_all_but_first(a);
	memset(a->newest->bytes, 0, a->newest->used);
	a->newest->used = 0;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *b = a->newest;
	void *p;

	if (size > SIZE_MAX / 2)
		abort();
	size = (size + align - 1) / align * align;
	if (b->room - b->used < size) {
		b = block_create(size > BLOCK ? size : BLOCK, b);
		a->newest = b;
	}
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

char *
arena_string(struct arena *a, struct vb_str text)
{
	char *p = arena_alloc(a, text.n + 1);

	if (text.n > 0)
		memcpy(p, text.p, text.n);
	return p;
}

struct vb_str
arena_copy(struct arena *a, struct vb_str text)
{
	if (text.n == 0)
		return VB_STR("");
	return (struct vb_str){ arena_string(a, text), text.n };
}

struct vb_str
arena_lower(struct arena *a, struct vb_str text)
{
	char *p = arena_string(a, text);

	for (size_t i = 0; i < text.n; i++)
		p[i] = vb_lower(p[i]);
	return (struct vb_str){ p, text.n };
}

/* Printed into what is left of the newest block it costs no second pass. What
   does not fit there is wiped off again: the rest of a block is zero. */
struct vb_str
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	struct block *b = a->newest;
	const size_t left = b->room - b->used;
	char *p = (char *)b->bytes + b->used;
	va_list again;
	int n;

	va_copy(again, ap);
	n = format(p, left, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	if ((size_t)n >= left)
		memset(p, 0, left);
	p = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n >= left)
		format(p, (size_t)n + 1, fmt, ap);
	return (struct vb_str){ p, (size_t)n };
}

struct vb_str
arena_printf(struct arena *a, const char *fmt, ...)
{
	struct vb_str text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

size_t
arena_size(const struct arena *a)
{
	size_t sum = sizeof(*a);

	for (const struct block *b = a->newest; b != NULL; b = b->next)
		sum += sizeof(*b) + b->room;
	return sum;
}
