/* Connections per client and site, counted over all workers. */
#include "core/process/tally.h"

#include <string.h>

#include "core/io/shared_lock.h"

enum { PROBES = 64 };

const struct address16 tally_everyone = {
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff },
};

bool
tally_init(struct tally *t)
{
	return shared_lock_init(&t->lock);
}

/* Rows hold nothing that a death could leave half done. */
static void
lock(struct tally *t)
{
	shared_lock_take(&t->lock);
}

static uint32_t
hash(uint32_t site, const struct address16 *address)
{
	uint32_t h = 2166136261u ^ site;

	for (size_t i = 0; i < sizeof(address->octets); i++)
		h = (h ^ address->octets[i]) * 16777619u;
	return h ^ h >> 15;
}

static int
sum(const struct tally_row *row)
{
	int n = 0;

	for (int i = 0; i < TALLY_WORKERS; i++)
		n += row->counts[i];
	return n;
}

static bool
is_for(
    const struct tally_row *row, uint32_t site, const struct address16 *address)
{
	return row->is_used && row->site == site &&
	       memcmp(&row->address, address, sizeof(*address)) == 0;
}

/* The row of a client; with `make` one that nobody needs becomes its row. NULL
   when there is none near where it belongs. */
static struct tally_row *
find(struct tally *t, uint32_t site, const struct address16 *address, bool make)
{
	uint32_t h = hash(site, address);
	struct tally_row *free_row = NULL;

	for (uint32_t i = 0; i < PROBES; i++) {
		struct tally_row *row = &t->rows[(h + i) % TALLY_ROWS];

		if (is_for(row, site, address))
			return row;
		if (free_row == NULL && (!row->is_used || sum(row) == 0))
			free_row = row;
		if (!row->is_used)
			break;
	}
	if (!make || free_row == NULL)
		return NULL;
	*free_row = (struct tally_row){ true, site, *address, { 0 } };
	return free_row;
}

bool
tally_enter(struct tally *t, unsigned worker, uint32_t site,
    const struct address16 *address, int most)
{
	struct tally_row *row;
	bool ok;

	lock(t);
	row = find(t, site, address, true);
	ok = row != NULL && sum(row) < most;
	if (ok)
		row->counts[worker]++;
	pthread_mutex_unlock(&t->lock);
	return ok;
}

void
tally_leave(struct tally *t, unsigned worker, uint32_t site,
    const struct address16 *address)
{
	struct tally_row *row;

	lock(t);
	row = find(t, site, address, false);
	if (row != NULL && row->counts[worker] > 0)
		row->counts[worker]--;
	pthread_mutex_unlock(&t->lock);
}

void
tally_forget(struct tally *t, unsigned worker)
{
	lock(t);
	for (size_t i = 0; i < TALLY_ROWS; i++)
		t->rows[i].counts[worker] = 0;
	pthread_mutex_unlock(&t->lock);
}
