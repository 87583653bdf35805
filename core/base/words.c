/* Any octets as words of a line, and back. */
#include "core/base/words.h"

static bool
is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '%';
}

static void
add(struct buffer *to, struct vb_str text, bool with_spaces)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (is_plain(c) && (with_spaces || c != ' '))
			buffer_add(to, &c, 1);
		else
			buffer_printf(to, "%%%02X", (unsigned char)c);
	}
}

void
words_add(struct buffer *to, struct vb_str word)
{
	if (word.n == 0)
		buffer_add(to, "-", 1);
	else if (vb_str_eq(word, VB_STR("-")))
		buffer_add(to, "%2D", 3);
	else
		add(to, word, false);
}

void
words_add_rest(struct buffer *to, struct vb_str text)
{
	add(to, text, true);
}

struct vb_str
words_take(struct vb_str *line)
{
	const char *space = line->n == 0 ? NULL : memchr(line->p, ' ', line->n);
	struct vb_str word = *line;

	if (space == NULL) {
		*line = (struct vb_str){ 0 };
		return word;
	}
	word.n = (size_t)(space - line->p);
	line->p += word.n + 1;
	line->n -= word.n + 1;
	return word;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The octet that begins at text.p[*i]; moves *i to its last. -1: none. */
static int
octet(struct vb_str text, size_t *i)
{
	int high, low;

	if (text.p[*i] != '%')
		return is_plain(text.p[*i]) ? text.p[*i] : -1;
	if (text.n - *i < 3)
		return -1;
	high = digit(text.p[*i + 1]);
	low = digit(text.p[*i + 2]);
	*i += 2;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool
words_read_rest(struct arena *arena, struct vb_str text, struct vb_str *plain)
{
	char *p = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		int c = octet(text, &i);

		if (c < 0)
			return false;
		p[n++] = (char)c;
	}
	*plain = (struct vb_str){ p, n };
	return true;
}

bool
words_read(struct arena *arena, struct vb_str word, struct vb_str *plain)
{
	if (vb_str_eq(word, VB_STR("-"))) {
		*plain = VB_STR("");
		return true;
	}
	if (word.n == 0 || memchr(word.p, ' ', word.n) != NULL)
		return false;
	return words_read_rest(arena, word, plain);
}

bool
words_read_number(struct vb_str word, uint64_t most, uint64_t *value)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < word.n; i++) {
		unsigned d = (unsigned char)word.p[i] - (unsigned)'0';

		if (d > 9 || d > most || sum > (most - d) / 10)
			return false;
		sum = sum * 10 + d;
	}
	*value = sum;
	return word.n > 0;
}
