/*
 * What is shown at terminals: whatever the text is, what comes out drives none,
 * is no larger than a page, and no line is longer than one of the terminal's.
 */
#include <assert.h>
#include <stdint.h>

#include "modules/terminal/page.h"
#include "tests/unit/harmless.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* No character takes more columns than octets. */
static void
assert_lines(const struct page *p)
{
	int lines = 0, column = 0;

	for (size_t i = 0; i < p->n; i++) {
		column += ((unsigned char)p->text[i] & 0xc0) != 0x80;
		if (p->text[i] == '\n') {
			assert(column <= PAGE_WIDTH + 2);
			column = 0;
			lines++;
		}
	}
	assert(lines <= PAGE_LINES + 3);
}

static void
try(const struct vb_str text, const char *line_end, bool is_utf8)
{
	static struct page page;
	size_t half = text.n / 2;

	page = (struct page){ .line_end = line_end, .is_utf8 = is_utf8 };
	page_add_line(&page, (struct vb_str){ text.p, half }, 150);
	page_add(&page, text);
	if (page.is_cut)
		page_finish(&page, "[more in your mailbox]");
	page_finish(&page, "EOF");
	assert(page.n <= sizeof(page.text));
	assert(is_harmless(page.text, page.n, line_end, is_utf8));
	assert_lines(&page);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct vb_str text = { (const char *)bytes, n };

	try(text, "\n", true);
	try(text, "\r\n", true);
	try(text, "\n", false);
	try(text, "\r\n", false);
	return 0;
}
