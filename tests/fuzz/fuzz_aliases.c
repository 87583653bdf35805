/*
 * The text of aliases(5) files: whatever it is, it ends, and all that is given
 * out are slices of it, in order, with lines that are there.
 */
#include <assert.h>
#include <stdint.h>

#include "modules/alias_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Empty slices may point anywhere. */
static void
assert_within(struct vb_str part, struct vb_str whole)
{
	assert(part.n == 0 ||
	       (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void
take_members(struct vb_str members, bool is_included)
{
	struct vb_str rest = members;
	struct alias_member m;
	size_t before = rest.n + 1;

	while (alias_member_next(&rest, is_included, &m)) {
		assert(rest.n < before);
		before = rest.n;
		assert_within(rest, members);
		assert_within(m.text, members);
		assert_within(m.full_name, members);
		assert(m.text.n > 0 || m.kind == ALIAS_WRONG);
		if (m.kind != ALIAS_ADDRESS && m.kind != ALIAS_FINAL)
			continue;
		for (size_t i = 0; i < m.text.n; i++)
			assert((unsigned char)m.text.p[i] >= ' ');
	}
	assert(rest.n == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct vb_str all = { (const char *)bytes, n };
	struct alias_text text = { all, 1 };
	struct alias_entry e;
	int line = 0, lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	while (alias_next(&text, &e)) {
		assert(e.line > line && e.line <= lines);
		line = e.line;
		assert_within(e.name, all);
		assert_within(e.members, all);
		assert(e.name.n > 0 || e.wrong != NULL);
		take_members(e.members, false);
	}
	assert(text.rest.n == 0);
	take_members(all, true);
	return 0;
}
