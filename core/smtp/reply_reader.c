/* Replies of another server, whatever it sends. */
#include "core/smtp/reply_reader.h"

#include <string.h>

enum {
	LINE_MOST = 512,         /* octets kept of a line */
	TEXT_MOST = 8 * 1024,    /* and of a reply's text */
	LINES_MOST = 500,        /* more is garbage */
	OCTETS_MOST = 64 * 1024, /* so is that */
	CODE = 3,
};

void
reply_reader_finish(struct reply_reader *r)
{
	buffer_finish(&r->text);
	buffer_finish(&r->line);
	*r = (struct reply_reader){ 0 };
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code a line begins with, or 0. */
static int
code_of(struct vb_str line)
{
	if (line.n < CODE || line.p[0] < '2' || line.p[0] > '5' ||
	    !is_digit(line.p[1]) || !is_digit(line.p[2]))
		return 0;
	if (line.n > CODE && line.p[CODE] != ' ' && line.p[CODE] != '-')
		return 0;
	return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
	       (line.p[2] - '0');
}

static void
add_text(struct reply_reader *r, struct vb_str text)
{
	char *to;

	if (r->text.n + 1 + text.n > TEXT_MOST)
		return;
	if (r->lines > 1)
		buffer_add(&r->text, "\n", 1);
	if (text.n == 0)
		return;
	to = buffer_room(&r->text, text.n);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i] == '\t' ? ' ' : text.p[i];

		to[i] = c < ' ' || c > '~' ? '?' : c;
	}
	r->text.n += text.n;
}

/* One line, without CR LF. */
static enum reply_taken
take_line(struct reply_reader *r, struct vb_str line)
{
	int code = code_of(line);

	if (code == 0 || (r->code != 0 && code != r->code) ||
	    ++r->lines > LINES_MOST)
		return REPLY_GARBAGE;
	r->code = code;
	r->is_whole = line.n == CODE || line.p[CODE] == ' ';
	line.p += CODE;
	line.n -= CODE;
	if (line.n > 0) {
		line.p++;
		line.n--;
	}
	add_text(r, line);
	return r->is_whole ? REPLY_WHOLE : REPLY_MORE;
}

static void
hold(struct reply_reader *r, struct vb_str octets)
{
	size_t room = LINE_MOST - r->line.n;

	buffer_add(&r->line, octets.p, octets.n < room ? octets.n : room);
}

/* The octets up to LF, or all. False when there is no LF. */
static bool
take_octets(struct vb_str *input, struct vb_str *octets)
{
	const char *lf = memchr(input->p, '\n', input->n);

	*octets = *input;
	if (lf != NULL)
		octets->n = (size_t)(lf - input->p);
	input->p += octets->n + (lf != NULL);
	input->n -= octets->n + (lf != NULL);
	return lf != NULL;
}

static void
begin(struct reply_reader *r)
{
	r->code = 0;
	r->text.n = r->line.n = 0;
	r->lines = r->octets = 0;
	r->is_whole = false;
}

enum reply_taken
reply_take(struct reply_reader *r, struct vb_str *input)
{
	enum reply_taken taken = REPLY_MORE;

	if (r->is_whole)
		begin(r);
	while (input->n > 0 && taken == REPLY_MORE) {
		struct vb_str octets;
		bool is_line = take_octets(input, &octets);

		r->octets += octets.n;
		if (r->octets > OCTETS_MOST)
			return REPLY_GARBAGE;
		hold(r, octets);
		if (!is_line)
			return REPLY_MORE;
		octets = buffer_str(&r->line);
		if (octets.n > 0 && octets.p[octets.n - 1] == '\r')
			octets.n--;
		taken = take_line(r, octets);
		r->line.n = 0;
	}
	return taken;
}

/* Takes 1*3DIGIT off the text. */
static bool
take_number(struct vb_str *text)
{
	size_t n = 0;

	while (n < text->n && n < 4 && is_digit(text->p[n]))
		n++;
	text->p += n;
	text->n -= n;
	return n >= 1 && n <= 3;
}

static bool
take_dot(struct vb_str *text)
{
	if (text->n == 0 || text->p[0] != '.')
		return false;
	text->p++;
	text->n--;
	return true;
}

struct vb_str
reply_status(int code, struct vb_str text)
{
	struct vb_str rest = text;

	if (text.n < 5 || text.p[0] - '0' != code / 100 || text.p[1] != '.' ||
	    !take_number(&rest) || !take_dot(&rest) || !take_number(&rest) ||
	    !take_dot(&rest) || !take_number(&rest))
		return VB_STR("");
	if (rest.n > 0 && rest.p[0] != ' ' && rest.p[0] != '\n')
		return VB_STR("");
	text.n -= rest.n;
	return text;
}
