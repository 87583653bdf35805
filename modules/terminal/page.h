/*
 * A page of text for a terminal: whatever octets go in, what comes out cannot
 * drive it.
 *
 * Only these come out: printable characters, the page's own line ends, and
 * blanks. A control character is shown as ^X. What is not UTF-8, and what is
 * drawn as nothing or turns the direction of what follows (C1, bidi controls,
 * zero widths, tags), never goes through. A terminal that is not known to be
 * UTF-8 gets ASCII, with '?' for all else.
 *
 * Lines end before column 80, at a blank where there is one. A page ends after
 * PAGE_LINES lines or PAGE_OCTETS octets; what comes then is left out.
 *
 * For the modules that include it.
 */
#ifndef MODULES_TERMINAL_PAGE_H
#define MODULES_TERMINAL_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <verbena/str.h>

enum {
	PAGE_WIDTH = 79,
	PAGE_LINES = 24,
	PAGE_OCTETS = 4096,
	PAGE_TAB = 8,
	PAGE_NO_CHARACTER = 0xfffd, /* shown in place of what is none */
};

/* Begin with a zeroed one, and .line_end and .is_utf8 set. */
struct page {
	const char *line_end;
	bool is_utf8;
	bool is_full, is_cut; /* something was left out */
	size_t n;
	int lines, column;
	size_t blank; /* behind the last blank of this line; 0: none */
	int blank_column;
	char text[PAGE_OCTETS + 256];
};

struct page_range {
	uint32_t first, last;
};

static inline bool
page_is_in(uint32_t c, const struct page_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Characters that are seen as nothing, or that reorder what is seen. */
static inline bool
page_is_invisible(uint32_t c)
{
	static const struct page_range ranges[] = {
		{ 0xad, 0xad },
		{ 0x34f, 0x34f },
		{ 0x61c, 0x61c },
		{ 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },
		{ 0x200b, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },
		{ 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb },
		{ 0xe0000, 0xe0fff },
	};

	return page_is_in(c, ranges, sizeof(ranges) / sizeof(ranges[0]));
}

/* C1, private use, and what will never be a character. */
static inline bool
page_is_none(uint32_t c)
{
	static const struct page_range ranges[] = {
		{ 0x80, 0x9f },
		{ 0xd800, 0xdfff },
		{ 0xe000, 0xf8ff },
		{ 0xfdd0, 0xfdef },
		{ 0xf0000, UINT32_MAX },
	};

	return (c & 0xfffe) == 0xfffe ||
	       page_is_in(c, ranges, sizeof(ranges) / sizeof(ranges[0]));
}

/* Those of East Asia take two columns. */
static inline int
page_width(uint32_t c)
{
	static const struct page_range wide[] = {
		{ 0x1100, 0x115f },
		{ 0x2e80, 0xa4cf },
		{ 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1faff },
		{ 0x20000, 0x3fffd },
	};

	return page_is_in(c, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

/* The next character (RFC 3629), taken off; PAGE_NO_CHARACTER, and one octet,
   for what is none. */
static inline uint32_t
page_take(struct vb_str *text)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*text->p;
	size_t more = first < 0x80             ? 0
	              : (first & 0xe0) == 0xc0 ? 1
	              : (first & 0xf0) == 0xe0 ? 2
	              : (first & 0xf8) == 0xf0 ? 3
	                                       : SIZE_MAX;
	uint32_t c = more == 0 ? first : first & (0x3fU >> (more & 3));

	for (size_t i = 1; more < text->n && i <= more; i++) {
		unsigned char next = (unsigned char)text->p[i];

		if ((next & 0xc0) != 0x80)
			more = SIZE_MAX;
		c = c << 6 | (next & 0x3f);
	}
	if (more >= text->n || c < least[more] || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff)) {
		more = 0;
		c = PAGE_NO_CHARACTER;
	}
	text->p += more + 1;
	text->n -= more + 1;
	return c;
}

static inline void
page_encode(struct page *p, uint32_t c)
{
	char *to = p->text + p->n;
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		*to = (char)c;
	} else {
		for (size_t i = n; i-- > 1; c >>= 6)
			to[i] = (char)(0x80 | (c & 0x3f));
		*to = (char)(c | (0xf00U >> n & 0xff));
	}
	p->n += n;
}

/* A line end in place of what stands at `at`. */
static inline void
page_break(struct page *p, size_t at, size_t n)
{
	size_t end = strlen(p->line_end);

	memmove(p->text + at + end, p->text + at + n, p->n - at - n);
	memcpy(p->text + at, p->line_end, end);
	p->n += end - n;
	p->lines++;
	p->blank = 0;
}

static inline void
page_end_line(struct page *p)
{
	page_break(p, p->n, 0);
	p->column = 0;
	if (p->lines >= PAGE_LINES || p->n >= PAGE_OCTETS)
		p->is_full = true;
}

/* The line is full: its last word begins another one. */
static inline void
page_wrap(struct page *p)
{
	if (p->blank == 0 || p->lines + 1 >= PAGE_LINES) {
		page_end_line(p);
		return;
	}
	page_break(p, p->blank - 1, 1);
	p->column -= p->blank_column;
}

/* One that is fit to be seen. */
static inline void
page_put(struct page *p, uint32_t c)
{
	int width;

	if (c >= 0x80 && !p->is_utf8)
		c = '?';
	width = page_width(c);
	if (p->column + width > PAGE_WIDTH && !p->is_full) {
		if (c == ' ') {
			page_end_line(p);
			return;
		}
		page_wrap(p);
	}
	if (!p->is_full && p->n + 8 > PAGE_OCTETS)
		p->is_full = true;
	if (p->is_full) {
		p->is_cut = p->is_cut || c != ' ';
		return;
	}
	page_encode(p, c);
	p->column += width;
	if (c == ' ') {
		p->blank = p->n;
		p->blank_column = p->column;
	}
}

static inline void
page_put_any(struct page *p, uint32_t c)
{
	if (c == '\n') {
		if (!p->is_full)
			page_end_line(p);
	} else if (c == '\t') {
		do
			page_put(p, ' ');
		while (p->column % PAGE_TAB != 0 && !p->is_full);
	} else if (c < ' ' || c == 0x7f) {
		page_put(p, '^');
		page_put(p, c ^ 0x40);
	} else if (page_is_none(c)) {
		page_put(p, PAGE_NO_CHARACTER);
	} else if (!page_is_invisible(c)) {
		page_put(p, c);
	}
}

/* Text in UTF-8, or whatever else it is. A CR before LF is part of the line
   end. */
static inline void
page_add(struct page *p, struct vb_str text)
{
	while (text.n > 0) {
		if (text.n > 1 && text.p[0] == '\r' && text.p[1] == '\n') {
			text.p++;
			text.n--;
		}
		page_put_any(p, page_take(&text));
	}
}

/* One line, and nothing that begins another; what does not fit into `most`
   octets is left out. */
static inline void
page_add_line(struct page *p, struct vb_str text, size_t most)
{
	struct vb_str rest = { text.p, text.n < most ? text.n : most };

	while (rest.n > 0) {
		uint32_t c = page_take(&rest);

		page_put_any(p, c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
	}
	page_put_any(p, '\n');
}

/* The last words, which have room whatever came before. */
static inline void
page_finish(struct page *p, const char *words)
{
	const size_t end = strlen(p->line_end);

	if (p->column > 0) {
		memcpy(p->text + p->n, p->line_end, end);
		p->n += end;
	}
	memcpy(p->text + p->n, words, strlen(words));
	p->n += strlen(words);
	memcpy(p->text + p->n, p->line_end, end);
	p->n += end;
	p->column = 0;
}

#endif
