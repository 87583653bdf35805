/* Ids of sessions and messages. */
#include "core/process/ids.h"

#include <stdint.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/clock.h"

/* Without those that look like others (I, L, O, U). */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static uint64_t number, chance;

void
id_open(unsigned worker)
{
	number = worker & 63;
	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		chance = (uint64_t)getpid();
	chance &= 63;
}

struct vb_str
id_make(void)
{
	static int64_t last;
	static char text[16];
	int64_t now = clock_wall_us();
	uint64_t value;
	size_t n = 13;

	last = now > last ? now : last + 1;
	value = (uint64_t)last << 12 | number << 6 | chance;
	for (size_t i = n; i > 0; i--) {
		text[i - 1] = digits[value & 31];
		value >>= 5;
	}
	return (struct vb_str){ text, n };
}
