#ifndef TESTS_UNIT_HARMLESS_H
#define TESTS_UNIT_HARMLESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Can these octets drive a terminal, or mislead who reads it? They may be
 * printable ASCII, line ends, and where `is_utf8`, characters of two to four
 * octets that are neither controls (C1) nor turn the direction of writing.
 */
static inline bool
is_harmless_character(const unsigned char *p, size_t n)
{
	uint32_t c = p[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return false;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < (n == 2 ? 0x80U : n == 3 ? 0x800U : 0x10000U))
		return false;
	return c >= 0xa0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) &&
	       (c < 0x200b || c > 0x200f) && (c < 0x2028 || c > 0x202e) &&
	       (c < 0x2060 || c > 0x206f) && c != 0x61c && c != 0xfeff;
}

static inline bool
is_harmless(const char *text, size_t n, const char *line_end, bool is_utf8)
{
	const size_t end = strlen(line_end);

	for (size_t i = 0; i < n;) {
		const unsigned char *p = (const unsigned char *)text + i;
		size_t more = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

		if (n - i >= end && memcmp(p, line_end, end) == 0) {
			i += end;
		} else if (*p >= 0x20 && *p < 0x7f) {
			i++;
		} else if (is_utf8 && *p >= 0xc2 && *p <= 0xf4 &&
			   more <= n - i && is_harmless_character(p, more)) {
			i += more;
		} else {
			return false;
		}
	}
	return true;
}

#endif
