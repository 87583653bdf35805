/* Bytes that grow at the end. */
#include "core/base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/format.h"
#include "core/base/memory.h"

void
buffer_finish(struct buffer *b)
{
	free(b->p);
	*b = (struct buffer){ 0 };
}

char *
buffer_room(struct buffer *b, size_t n)
{
	if (b->room - b->n < n) {
		size_t room = b->room < 256 ? 256 : b->room * 2;

		if (room < b->n + n)
			room = b->n + n;
		b->p = must_resize(b->p, room);
		b->room = room;
	}
	return b->p + b->n;
}

void
buffer_add(struct buffer *b, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	memcpy(buffer_room(b, n), bytes, n);
	b->n += n;
}

void
buffer_add_str(struct buffer *b, struct vb_str text)
{
	buffer_add(b, text.p, text.n);
}

void
buffer_vprintf(struct buffer *b, const char *fmt, va_list ap)
{
	char *to = buffer_room(b, 1);
	const size_t left = b->room - b->n;
	va_list again;
	int n;

	va_copy(again, ap);
	n = format(to, left, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	if ((size_t)n >= left)
		format(buffer_room(b, (size_t)n + 1), (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void
buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buffer_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buffer_drop(struct buffer *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

void
buffer_add_escaped(struct buffer *b, struct vb_str text)
{
	static const char named[] = {
		['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\\'] = '\\'
	};

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < sizeof(named) && named[c] != 0)
			buffer_printf(b, "\\%c", named[c]);
		else if (c < 0x20 || c >= 0x7f)
			buffer_printf(b, "\\x%02X", c);
		else
			buffer_add(b, &text.p[i], 1);
	}
}
