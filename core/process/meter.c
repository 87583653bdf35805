/* How often each client did what, lately, over all workers. */
#include "core/process/meter.h"

#include <string.h>

#include "core/io/shared_lock.h"

enum { PROBES = 32, WEEK = 7 * 24 * 60 * 60 };

bool
meter_init(struct meter *m)
{
	return shared_lock_init(&m->lock);
}

/* A row that a death left half done counts a little wrong, and no more. */
static void
lock(struct meter *m)
{
	shared_lock_take(&m->lock);
}

/* Eight octets at a time. High bits are folded before and after, for a row is
   found by low ones. */
static uint64_t
hash(uint64_t h, const void *octets, size_t n)
{
	const unsigned char *p = octets;

	for (size_t at = 0; at < n; at += 8) {
		uint64_t word = 0;

		memcpy(&word, p + at, n - at < 8 ? n - at : 8);
		h ^= word;
		h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

/* Who has one IPv6 address has, as a rule, all that share its first half. */
static struct address16
network_of(const struct address16 *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct address16 network = *address;

	if (memcmp(address->octets, mapped, sizeof(mapped)) != 0)
		memset(network.octets + 8, 0, 8);
	return network;
}

static bool
is_for(const struct meter_row *row, const struct meter_row *want)
{
	return row->window == want->window && row->what == want->what &&
	       row->site == want->site &&
	       memcmp(&row->address, &want->address, sizeof(row->address)) == 0;
}

/* Moves the windows on, to those that `now` is in. */
static void
move_on(struct meter_row *row, int64_t now)
{
	int64_t ms = (int64_t)row->window * 1000;
	int64_t passed;

	if (now - row->begun < ms)
		return;
	passed = (now - row->begun) / ms;
	row->before = passed == 1 ? row->now : 0;
	row->now = 0;
	row->begun += passed * ms;
}

static uint64_t
estimate(const struct meter_row *row, int64_t now)
{
	uint64_t ms = (uint64_t)row->window * 1000;
	uint64_t left = ms - (uint64_t)(now - row->begun);

	return row->now + (row->before * left + ms - 1) / ms;
}

/* The row of a client. If it has none: with `make` the one near where it
   belongs that is missed least (free, over, or with the least in it), else
   NULL. */
static struct meter_row *
find(struct meter *m, const struct meter_row *want, int64_t now, bool make)
{
	uint64_t h = hash(want->what ^ want->site, &want->address, 16);
	struct meter_row *least = NULL;
	uint64_t least_count = UINT64_MAX;

	for (uint64_t i = 0; i < PROBES; i++) {
		struct meter_row *row = &m->rows[(h + i) % METER_ROWS];
		uint64_t count = 0;

		if (is_for(row, want))
			return row;
		if (row->window != 0) {
			move_on(row, now);
			count = estimate(row, now);
		}
		if (count < least_count) {
			least = row;
			least_count = count;
		}
	}
	if (!make)
		return NULL;
	*least = *want;
	return least;
}

uint64_t
meter_count(struct meter *m, const struct meter_client *client,
    struct vb_str what, struct vb_seconds window, unsigned more, int64_t now)
{
	const int64_t seconds = window.value < 1      ? 1
	                        : window.value > WEEK ? WEEK
	                                              : window.value;
	const struct meter_row want = {
		.address = network_of(&client->address),
		.site = client->site,
		.window = (uint32_t)seconds,
		.what = hash(what.n, what.p, what.n),
		.begun = now,
	};
	struct meter_row *row;
	uint64_t sum = 0;

	lock(m);
	row = find(m, &want, now, more > 0);
	if (row != NULL) {
		move_on(row, now);
		row->now += more < UINT32_MAX - row->now
		                ? more
		                : UINT32_MAX - row->now;
		sum = estimate(row, now);
	}
	pthread_mutex_unlock(&m->lock);
	return sum;
}
