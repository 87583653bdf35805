/*
 * Ids of sessions and messages: the time in microseconds, and a number that the
 * process drew when it began. So two processes never make the same, though the
 * clock stepped back between them.
 */
#include "core/process/ids.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "core/base/clock.h"

enum { TIME_DIGITS = 11, DRAWN_DIGITS = 6 };

/* Without those that look like others (I, L, O, U). */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static uint64_t drawn;

void
id_open(void)
{
	if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
		abort();
}

static void
write_digits(char *text, size_t n, uint64_t value)
{
	for (; n > 0; n--) {
		text[n - 1] = digits[value & 31];
		value >>= 5;
	}
}

struct vb_str
id_make(void)
{
	static int64_t last;
	static char text[TIME_DIGITS + DRAWN_DIGITS];
	int64_t now = clock_wall_us();

	last = now > last ? now : last + 1;
	write_digits(text, TIME_DIGITS, (uint64_t)last);
	write_digits(text + TIME_DIGITS, DRAWN_DIGITS, drawn);
	return (struct vb_str){ text, sizeof(text) };
}
