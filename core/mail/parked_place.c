/* Where parked messages lie: two levels of thirty-two directories each. */
#define _GNU_SOURCE /* syncfs */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/file.h"
#include "core/mail/parked.h"
#include "core/mail/parked_place.h"

const char parked_names[PARKED_NAMES + 1] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static bool
is_id(struct vb_str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return text.n == PARKED_ID;
}

/* FNV-1a, with the high bits, the better ones, folded into the low. */
static uint32_t
hash(struct vb_str text)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 16777619u;
	return h ^ h >> 16;
}

bool
parked_path(struct vb_str id, char path[PARKED_PATH_SIZE])
{
	uint32_t h;

	if (!is_id(id))
		return false;
	h = hash(id);
	snprintf(path, PARKED_PATH_SIZE, "%c/%c/%.*s",
	    parked_names[h % PARKED_NAMES],
	    parked_names[h / PARKED_NAMES % PARKED_NAMES], VB_FMT(id));
	return true;
}

static bool
make(int dir, const char *path)
{
	return mkdirat(dir, path, 0700) == 0 || errno == EEXIST;
}

/* Synced also where nothing was missing: the start that made it may have been
   killed before it did. */
static bool
prepare_below(int dir, char name)
{
	char path[] = { name, '\0', '\0', '\0' };

	if (!make(dir, path))
		return false;
	path[1] = '/';
	for (int i = 0; i < PARKED_NAMES; i++) {
		path[2] = parked_names[i];
		if (!make(dir, path))
			return false;
	}
	path[1] = '\0';
	return file_sync_directory(dir, path);
}

bool
parked_prepare(int dir)
{
	for (int i = 0; i < PARKED_NAMES; i++)
		if (!prepare_below(dir, parked_names[i]))
			return false;
	return syncfs(dir) == 0;
}
