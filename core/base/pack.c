/* Values as bytes, and back. */
#include "core/base/pack.h"

#include <string.h>

void
pack_number(struct buffer *b, uint64_t value)
{
	buffer_add(b, &value, sizeof(value));
}

void
pack_str(struct buffer *b, struct vb_str text)
{
	pack_number(b, text.n);
	buffer_add_str(b, text);
}

uint64_t
unpack_number(struct unpack *u)
{
	uint64_t value;

	if (u->bad || u->n < sizeof(value)) {
		u->bad = true;
		return 0;
	}
	memcpy(&value, u->p, sizeof(value));
	u->p += sizeof(value);
	u->n -= sizeof(value);
	return value;
}

struct vb_str
unpack_str(struct unpack *u)
{
	uint64_t n = unpack_number(u);
	struct vb_str text = { u->p, (size_t)n };

	if (u->bad || n > u->n) {
		u->bad = true;
		return VB_STR("");
	}
	u->p += n;
	u->n -= (size_t)n;
	return text;
}

bool
unpack_is_done(const struct unpack *u)
{
	return !u->bad && u->n == 0;
}
