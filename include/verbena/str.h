#ifndef VERBENA_STR_H
#define VERBENA_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * A string slice: a pointer and a length, passed by value.
 *
 * A slice owns nothing. It points into a line, an arena or a literal, and is
 * good for as long as that is. It need not end in a NUL, and may hold one.
 */
struct vb_str {
	const char *p;
	size_t n;
};

#define VB_STR(literal) ((struct vb_str){ "" literal, sizeof(literal) - 1 })

/* For printf: "%.*s", VB_FMT(s). */
#define VB_FMT(s) (int)(s).n, (s).p

/* A NUL-terminated string as a slice; NULL gives an empty one. */
static inline struct vb_str
vb_str(const char *text)
{
	return (struct vb_str){ text, text == NULL ? 0 : strlen(text) };
}

/* The same bytes. */
static inline bool
vb_str_eq(struct vb_str a, struct vb_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* 'A' to 'Z' become 'a' to 'z', whatever the locale; the rest stays. */
static inline char
vb_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The same bytes, taking 'a' and 'A' for the same, and no others. */
static inline bool
vb_str_ieq(struct vb_str a, struct vb_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (vb_lower(a.p[i]) != vb_lower(b.p[i]))
			return false;
	return true;
}

#endif
