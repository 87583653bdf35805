#ifndef CORE_SMTP_SCAN_H
#define CORE_SMTP_SCAN_H

#include <stdbool.h>

#include <verbena/str.h>

/* What may stand in an address at all, and the space. */
static inline bool
is_printable(char c)
{
	return c >= ' ' && c < 0x7f;
}

/*
 * What every grammar rule is made of: each takes octets from the front of text
 * and moves it past them, and takes nothing where nothing fits.
 */
static inline bool
scan_octet(struct vb_str *text, char c)
{
	if (text->n == 0 || text->p[0] != c)
		return false;
	text->p++;
	text->n--;
	return true;
}

/* The longest run of octets that are such; may be empty. */
static inline struct vb_str
scan_while(struct vb_str *text, bool (*is_such)(char))
{
	struct vb_str run = *text;

	while (text->n > 0 && is_such(text->p[0])) {
		text->p++;
		text->n--;
	}
	run.n -= text->n;
	return run;
}

#endif
