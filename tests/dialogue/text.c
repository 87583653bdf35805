/* The small language of transcripts. */
#include "tests/dialogue/text.h"

#include <stdint.h>
#include <string.h>

bool
text_matches(struct vb_str pattern, struct vb_str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;

	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.n && pattern.p[p] == text.p[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = memchr(digits, vb_lower(c), sizeof(digits) - 1);

	return at == NULL ? 0 : (int)(at - digits);
}

/* Octets as written in a transcript. */
void
text_unescape(struct vb_str text, struct buffer *to)
{
	static const char from[] = "rnt0\\", is[] = "\r\n\t\0\\";

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		const char *at;

		if (c == '\\' && i + 3 < text.n && text.p[i + 1] == 'x') {
			c = (char)(hex(text.p[i + 2]) * 16 +
				   hex(text.p[i + 3]));
			i += 3;
		} else if (c == '\\' && i + 1 < text.n &&
			   (at = strchr(from, text.p[i + 1])) != NULL) {
			c = is[at - from];
			i++;
		}
		buffer_add(to, &c, 1);
	}
}

static void
trim(struct vb_str *text)
{
	while (text->n > 0 && *text->p == ' ')
		*text = (struct vb_str){ text->p + 1, text->n - 1 };
}

/* Takes the next word off the text. */
struct vb_str
text_word(struct vb_str *text)
{
	struct vb_str is = *text;
	const char *end = memchr(text->p, ' ', text->n);

	if (end != NULL)
		is.n = (size_t)(end - text->p);
	*text = (struct vb_str){ text->p + is.n, text->n - is.n };
	trim(text);
	return is;
}

size_t
text_number(struct vb_str *text)
{
	struct vb_str is = text_word(text);
	size_t n = 0;

	for (size_t i = 0; i < is.n; i++)
		n = n * 10 + (size_t)(is.p[i] - '0');
	return n;
}

bool
text_line(struct vb_str *text, struct vb_str *line)
{
	const char *end = text->n == 0 ? NULL : memchr(text->p, '\n', text->n);
	size_t n = end == NULL ? text->n : (size_t)(end - text->p);

	if (text->n == 0)
		return false;
	*line = (struct vb_str){ text->p, n };
	n += end != NULL;
	*text = (struct vb_str){ text->p + n, text->n - n };
	return true;
}

bool
text_has_profile(struct vb_str script, struct vb_str profile)
{
	struct vb_str line;

	while (text_line(&script, &line)) {
		if (!vb_str_eq(text_word(&line), VB_STR("@profiles")))
			continue;
		while (line.n > 0)
			if (vb_str_eq(text_word(&line), profile))
				return true;
	}
	return false;
}
