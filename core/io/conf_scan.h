#ifndef CORE_IO_CONF_SCAN_H
#define CORE_IO_CONF_SCAN_H

#include <stdbool.h>

#include <verbena/str.h>

/*
 * The words of libconfig's language, told apart as its scanner does, so that we
 * see includes, literals and ends of comments where it would.
 */
enum conf_kind {
	CONF_END = 0,
	CONF_BLANK,   /* white space up to a line's end, or a comment */
	CONF_STRING,  /* with its quotes */
	CONF_INCLUDE, /* @include "name", with the blanks before it */
	CONF_NAME,
	CONF_INTEGER, /* with its L or LL */
	CONF_FLOAT,
	CONF_SIGN, /* any other octet */
	CONF_OPEN, /* a string, comment or include without its end */
};

struct conf_word {
	enum conf_kind kind;
	struct vb_str text;
};

/* The word at the beginning of `rest`; an include only begins a line. */
struct conf_word conf_scan(struct vb_str rest, bool begins_line);

/* How many bits an integer literal needs: 32, 64, or 0 for more than that. */
unsigned conf_integer_bits(struct vb_str literal);

/* True for an integer literal that is marked as one of 64 bits. */
bool conf_integer_is_long(struct vb_str literal);

/* True when a string names the octet 0, at which libconfig would cut it. */
bool conf_string_has_nul(struct vb_str literal);

#endif
