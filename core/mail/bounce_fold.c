/* Text of others in lines of ours: harmless, and not too long. */
#include "core/mail/bounce_parts.h"

/* RFC 5322 §2.1.1: 998 octets are the most, 78 are wanted. */
enum { WORD_MOST = 900, COLUMNS = 72 };

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
bounce_add(struct buffer *to, struct vb_str text)
{
	size_t n = text.n < WORD_MOST ? text.n : WORD_MOST;

	for (size_t i = 0; i < n; i++) {
		char c = text.p[i];

		buffer_add(to, c >= 0x20 && c < 0x7f ? &c : "?", 1);
	}
}

static size_t
column(const struct buffer *b)
{
	size_t n = 0;

	while (n < b->n && b->p[b->n - 1 - n] != '\n')
		n++;
	return n;
}

static struct vb_str
take_word(struct vb_str *text)
{
	struct vb_str word;

	while (text->n > 0 && is_space(*text->p)) {
		text->p++;
		text->n--;
	}
	word = (struct vb_str){ text->p, 0 };
	while (text->n > 0 && !is_space(*text->p) && word.n < WORD_MOST) {
		word.n++;
		text->p++;
		text->n--;
	}
	return word;
}

void
bounce_fold(struct buffer *to, const char *indent, struct vb_str text)
{
	struct vb_str word = take_word(&text);
	size_t at = column(to);
	bool is_first = true;

	while (word.n > 0) {
		if (!is_first && at + 1 + word.n > COLUMNS) {
			buffer_printf(to, "\r\n%s", indent);
			at = strlen(indent);
		} else if (!is_first) {
			buffer_add(to, " ", 1);
			at++;
		}
		bounce_add(to, word);
		at += word.n;
		is_first = false;
		word = take_word(&text);
	}
}
