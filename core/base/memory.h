#ifndef CORE_BASE_MEMORY_H
#define CORE_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

#include <verbena/attr.h>
#include <verbena/str.h>

/*
 * Memory that is there, or the process ends: what was not acknowledged, the
 * client sends again, and everything a client can grow has a limit elsewhere.
 */
void *must_alloc(size_t size); /* zeroed; free() it */
void *must_resize(void *p, size_t size);

/*
 * An arena: many allocations that die together. A session has one, a
 * transaction another, a generation a third.
 */
struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *a); /* takes NULL */
void arena_reset(struct arena *a);   /* empty again, ready for use */

/* Zeroed, aligned for anything, never NULL. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy with a NUL behind it that is not counted. */
struct vb_str arena_copy(struct arena *a, struct vb_str text);
char *arena_string(struct arena *a, struct vb_str text);

/* A copy with A to Z made a to z. */
struct vb_str arena_lower(struct arena *a, struct vb_str text);

struct vb_str arena_printf(struct arena *a, const char *fmt, ...)
    VB_PRINTF(2, 3);
struct vb_str arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    VB_PRINTF(2, 0);

/* How many octets the arena holds from the system. */
size_t arena_size(const struct arena *a);

#endif
