/*
 * The words of libconfig's language (its manual, §2).
 *
 *	comment	   # or // to the end of the line; slash-star to star-slash
 *	string	   "..."; a backslash goes with what follows it
 *	name	   [A-Za-z*][-A-Za-z0-9_*]*
 *	integer	   [-+]?[0-9]+ or 0x[0-9A-Fa-f]+, then L or LL for 64 bits
 *	float	   digits with a point, an exponent or both
 *	include	   @include "name", alone or first on its line
 */
#include "core/io/conf_scan.h"

#include <stdint.h>

/* What a word that begins here but does not end is said to be long. */
#define OPEN SIZE_MAX

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (vb_lower(c) >= 'a' && vb_lower(c) <= 'f');
}

static bool
is_letter(char c)
{
	return (vb_lower(c) >= 'a' && vb_lower(c) <= 'z') || c == '*';
}

static bool
is_name(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

/* The octet at i, or NUL behind the end: the text has none of its own. */
static char
at(struct vb_str s, size_t i)
{
	return i < s.n ? s.p[i] : '\0';
}

/* Where the octets that `is` likes end, from i on. */
static size_t
skip(struct vb_str s, size_t i, bool (*is)(char c))
{
	while (i < s.n && is(s.p[i]))
		i++;
	return i;
}

static size_t
blank_length(struct vb_str s)
{
	size_t n = skip(s, 0, is_blank);

	return at(s, n) == '\n' ? n + 1 : n;
}

static size_t
comment_length(struct vb_str s)
{
	if (at(s, 0) == '#' || (at(s, 0) == '/' && at(s, 1) == '/')) {
		const char *end = memchr(s.p, '\n', s.n);

		return end == NULL ? s.n : (size_t)(end - s.p);
	}
	if (at(s, 0) != '/' || at(s, 1) != '*')
		return 0;
	for (size_t i = 2; i + 1 < s.n; i++)
		if (s.p[i] == '*' && s.p[i + 1] == '/')
			return i + 2;
	return OPEN;
}

static size_t
string_length(struct vb_str s)
{
	if (at(s, 0) != '"')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return OPEN;
}

static size_t
name_length(struct vb_str s)
{
	return is_letter(at(s, 0)) ? skip(s, 1, is_name) : 0;
}

static size_t
after_sign(struct vb_str s, size_t i)
{
	return at(s, i) == '-' || at(s, i) == '+' ? i + 1 : i;
}

static size_t
float_length(struct vb_str s)
{
	size_t begin = after_sign(s, 0);
	size_t i = skip(s, begin, is_digit), digits;
	bool has_point = at(s, i) == '.';

	if (has_point)
		i = skip(s, i + 1, is_digit);
	else if (i == begin)
		return 0;
	if (vb_lower(at(s, i)) != 'e')
		return has_point ? i : 0;
	digits = after_sign(s, i + 1);
	if (is_digit(at(s, digits)))
		return skip(s, digits, is_digit);
	return has_point ? i : 0;
}

static bool
begins_hex(struct vb_str s)
{
	return at(s, 0) == '0' && vb_lower(at(s, 1)) == 'x' && is_hex(at(s, 2));
}

static size_t
integer_length(struct vb_str s)
{
	size_t begin = after_sign(s, 0), i;

	i = begins_hex(s) ? skip(s, 2, is_hex) : skip(s, begin, is_digit);
	if (i == begin)
		return 0;
	if (at(s, i) == 'L')
		i++;
	if (at(s, i) == 'L')
		i++;
	return i;
}

static size_t
include_length(struct vb_str s)
{
	static const struct vb_str word = { "@include", 8 };
	size_t i = 0, quote, n;

	while (at(s, i) == ' ' || at(s, i) == '\t')
		i++;
	if (s.n - i < word.n || memcmp(s.p + i, word.p, word.n) != 0)
		return 0;
	quote = i + word.n;
	while (at(s, quote) == ' ' || at(s, quote) == '\t')
		quote++;
	if (quote == i + word.n || at(s, quote) != '"')
		return 0;
	n = string_length((struct vb_str){ s.p + quote, s.n - quote });
	if (n == OPEN || memchr(s.p + quote, '\n', n) != NULL)
		return OPEN;
	return quote + n;
}

struct conf_word
conf_scan(struct vb_str rest, bool begins_line)
{
	static const struct {
		enum conf_kind kind;
		size_t (*length)(struct vb_str s);
	} words[] = {
		{ CONF_INCLUDE, include_length },
		{ CONF_BLANK, blank_length },
		{ CONF_BLANK, comment_length },
		{ CONF_STRING, string_length },
		{ CONF_NAME, name_length },
		{ CONF_FLOAT, float_length },
		{ CONF_INTEGER, integer_length },
	};

	if (rest.n == 0)
		return (struct conf_word){ CONF_END, rest };
	for (size_t i = begins_line ? 0 : 1;
	     i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = words[i].length(rest);

		if (n == OPEN)
			return (struct conf_word){ CONF_OPEN, rest };
		if (n > 0)
			return (
			    struct conf_word){ words[i].kind, { rest.p, n } };
	}
	return (struct conf_word){ CONF_SIGN, { rest.p, 1 } };
}

bool
conf_integer_is_long(struct vb_str literal)
{
	return literal.n > 0 && literal.p[literal.n - 1] == 'L';
}

static unsigned
digit_value(char c)
{
	return (unsigned)(is_digit(c) ? c - '0' : vb_lower(c) - 'a' + 10);
}

unsigned
conf_integer_bits(struct vb_str literal)
{
	const uint64_t sign = at(literal, 0) == '-';
	const unsigned base = begins_hex(literal) ? 16 : 10;
	size_t i = base == 16 ? 2 : after_sign(literal, 0);
	uint64_t value = 0;

	for (; is_hex(at(literal, i)); i++) {
		unsigned digit = digit_value(literal.p[i]);

		if (value > (INT64_MAX + sign - digit) / base)
			return 0;
		value = value * base + digit;
	}
	return value <= INT32_MAX + sign ? 32 : 64;
}

bool
conf_string_has_nul(struct vb_str literal)
{
	for (size_t i = 0; i + 3 < literal.n; i++) {
		if (literal.p[i] != '\\')
			continue;
		if (vb_lower(literal.p[i + 1]) == 'x' &&
		    literal.p[i + 2] == '0' && literal.p[i + 3] == '0')
			return true;
		i++;
	}
	return false;
}
