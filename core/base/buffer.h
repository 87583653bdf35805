#ifndef CORE_BASE_BUFFER_H
#define CORE_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

#include <verbena/attr.h>
#include <verbena/str.h>

/*
 * Bytes that grow at the end. Zero-initialised is empty; buffer_finish() gives
 * the memory back and leaves it empty.
 */
struct buffer {
	char *p;
	size_t n, room;
};

void buffer_finish(struct buffer *b);
void buffer_add(struct buffer *b, const void *bytes, size_t n);
void buffer_add_str(struct buffer *b, struct vb_str text);
void buffer_printf(struct buffer *b, const char *fmt, ...) VB_PRINTF(2, 3);
void buffer_vprintf(struct buffer *b, const char *fmt, va_list ap)
    VB_PRINTF(2, 0);

/* Makes room for n more octets and returns where they go; then add to .n. */
char *buffer_room(struct buffer *b, size_t n);

/* Drops the first n octets, which are there. */
void buffer_drop(struct buffer *b, size_t n);

/*
 * Adds text with every octet that could disturb a line of log or protocol
 * (below 0x20, 0x7f and above, and the backslash) as \n, \r, \t, \\ or \xHH.
 */
void buffer_add_escaped(struct buffer *b, struct vb_str text);

static inline struct vb_str
buffer_str(const struct buffer *b)
{
	return (struct vb_str){ b->p, b->n };
}

#endif
