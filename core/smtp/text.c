/*
 * The text of a message, from octets cut anywhere.
 *
 * What the client sent is handed on as it stands in the input, in pieces as
 * large as can be: up to a dot that begins a line. Most of a message is passed
 * over in blocks, in a loop without branches that compilers turn into vector
 * instructions; only a block with something remarkable in it is looked at octet
 * by octet.
 */
#include "core/smtp/text.h"

/*
 * The first three states are also how many octets of the end were met. None of
 * them has been given out.
 */
static const char end[] = ".\r\n";
enum {
	LINE_START = 0, /* nothing yet, or CR LF */
	DOT,            /* CR LF . */
	DOT_CR,         /* CR LF . CR */
	ENDED,
	WITHIN_LINE,
	AFTER_CR, /* given out */
};

enum { BLOCK = 256 };

/*
 * True when in p[0] to p[BLOCK - 1] LF follows CR, and CR only, there is no NUL
 * and no line begins with a dot. Looks at p[-1] as well.
 */
static bool
is_plain(const char *p)
{
	unsigned char remarkable = 0;

	for (int i = 0; i < BLOCK; i++) {
		unsigned char after_cr = p[i - 1] == '\r';
		unsigned char after_lf = p[i - 1] == '\n';
		unsigned char lf = p[i] == '\n', dot = p[i] == '.';
		unsigned char nul = p[i] == '\0';

		remarkable |= (after_cr ^ lf) | (after_lf & dot) | nul;
	}
	return !remarkable;
}

/* Octets that are plain, in whole blocks; the one before p is there too. */
static size_t
plain_run(const char *p, size_t n)
{
	size_t taken = 0;

	while (n - taken >= BLOCK && is_plain(p + taken))
		taken += BLOCK;
	return taken;
}

/* The state after plain octets that end in c. */
static int
state_after(char c)
{
	if (c == '\n')
		return LINE_START;
	return c == '\r' ? AFTER_CR : WITHIN_LINE;
}

static void
note(struct text_reader *r, enum text_fault fault)
{
	if (r->fault == TEXT_GOOD)
		r->fault = fault;
}

static void
step(struct text_reader *r, char c)
{
	if (r->state == AFTER_CR && c == '\n') {
		r->state = LINE_START;
		return;
	}
	if (r->state == AFTER_CR)
		note(r, TEXT_BARE_CR);
	if (c == '\n')
		note(r, TEXT_BARE_LF);
	if (c == '\0')
		note(r, TEXT_NUL);
	r->state = c == '\r' ? AFTER_CR : WITHIN_LINE;
}

/* Steps from octet i on, to the end of a block's length, of n, or to a dot that
   begins a line. Returns where it stopped. */
static size_t
walk(struct text_reader *r, struct vb_str text, size_t i)
{
	size_t stop = text.n - i < BLOCK ? text.n : i + BLOCK;

	for (; i < stop; i++) {
		if (r->state == LINE_START && text.p[i] == '.')
			break;
		step(r, text.p[i]);
	}
	return i;
}

/* How much of the text is to be given out before a dot is to be taken away. */
static size_t
measure(struct text_reader *r, struct vb_str text)
{
	size_t i = walk(r, text, 0);

	while (i < text.n && (r->state != LINE_START || text.p[i] != '.')) {
		size_t run = plain_run(text.p + i, text.n - i);

		i += run;
		if (run > 0)
			r->state = state_after(text.p[i - 1]);
		i = walk(r, text, i);
	}
	return i;
}

/* Takes what the input has of the end. */
static bool
take_end(struct text_reader *r, struct vb_str *input)
{
	while (
	    r->state < ENDED && input->n > 0 && input->p[0] == end[r->state]) {
		r->state++;
		input->p++;
		input->n--;
	}
	return r->state == ENDED;
}

bool
text_take(struct text_reader *r, struct vb_str *input, struct vb_str *piece)
{
	*piece = VB_STR("");
	if (take_end(r, input))
		return true;
	if (input->n == 0)
		return false;
	if (r->state == DOT_CR) {
		*piece = VB_STR("\r");
		r->state = AFTER_CR;
		r->octets++;
		return false;
	}
	if (r->state == DOT)
		r->state = WITHIN_LINE;
	*piece = (struct vb_str){ input->p, measure(r, *input) };
	input->p += piece->n;
	input->n -= piece->n;
	r->octets += piece->n;
	return false;
}
