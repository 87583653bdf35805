/* Ids of sessions and messages. */
#include "core/process/ids.h"

#include <stdint.h>

#include "core/base/clock.h"

/* Fifty bits of microseconds since 2020, enough until 2055, then the tag. */
enum { TAG_BITS = 14 };
static const int64_t epoch = 1577836800000000;

/* Without those that look like others (I, L, O, U). */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static uint64_t tag;

void
id_open(unsigned ours)
{
	tag = ours & ((1u << TAG_BITS) - 1);
}

struct vb_str
id_make(void)
{
	static int64_t last;
	static char text[ID_LENGTH + 1];
	int64_t now = clock_wall_us() - epoch;
	uint64_t value;

	last = now > last ? now : last + 1;
	value = (uint64_t)last << TAG_BITS | tag;
	for (size_t i = ID_LENGTH; i > 0; i--) {
		text[i - 1] = digits[value & 31];
		value >>= 5;
	}
	return (struct vb_str){ text, ID_LENGTH };
}
