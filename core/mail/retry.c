/* When to try again: waits that double, up to a most. */
#include "core/mail/retry.h"

static int64_t
wait_after(const struct retry_conf *conf, unsigned attempts)
{
	int64_t wait = conf->first.value;

	for (unsigned i = 1; i < attempts && wait < conf->most.value; i++)
		wait *= 2;
	return wait < conf->most.value ? wait : conf->most.value;
}

/* Less up to an eighth. */
static int64_t
vary(int64_t wait, uint32_t random)
{
	return wait - random % (wait / 8 + 1);
}

bool
retry_next(const struct retry_conf *conf, const struct retry *r, int64_t *due)
{
	const int64_t end = r->arrived + conf->expire.value;

	if (r->now >= end)
		return false;
	*due = r->now + vary(wait_after(conf, r->attempts), r->random);
	if (*due > end)
		*due = end;
	return true;
}

bool
retry_wants_warning(const struct retry_conf *conf, int64_t arrived, int64_t now)
{
	return conf->warning.value > 0 && now - arrived >= conf->warning.value;
}
